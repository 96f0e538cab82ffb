import type { TaskSpec } from './task.js';

/** A row of an older task file may have a label that the task has no more: it has no name. */
export const labelName = (label: number | null, { labels }: TaskSpec): string | null =>
  label === null ? null : (labels[label] ?? null);
