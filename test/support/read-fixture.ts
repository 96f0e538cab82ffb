import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { repositoryRoot } from '../../src/files/repository-root.js';

/** Reads a JSON file of `test/`, for example the numbers that an oracle has printed. */
export function readFixture(path: string): unknown {
  return JSON.parse(readFileSync(join(repositoryRoot(), 'test', path), 'utf8'));
}
