import { hash } from 'node:crypto';
import type { Input } from '../task/task.js';

/** Equal for equal inputs alone. Text of one character a byte: half the memory of hex. */
export const inputKeyOf = (input: Input): string => hash('sha256', input, 'binary');
