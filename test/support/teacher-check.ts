import type { TeacherCheck } from '../../src/capture/capture.js';

/** A check of a row of the squares task, on which all three answers are equal. */
export const teacherCheck = (mark: number, changes: Partial<TeacherCheck> = {}): TeacherCheck => ({
  task: 'squares',
  teacherVersion: 't1-00000001',
  rowId: `row-${mark}`,
  inputHash: `hash-${mark}`,
  rowCreatedMs: 1_700_000_000_000 + mark,
  confidence: 0.9,
  checkedMs: 1_700_001_000_000 + mark,
  label: 1,
  newLabels: [1, 1],
  costUsd: 0.02,
  ...changes,
});
