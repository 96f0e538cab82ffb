import type { TeacherCheck } from './capture.js';
import type { Cell } from './row-codec.js';

/** Names of the columns of a check, in the order of its cells. */
export const checkColumns = [
  'task',
  'teacher_version',
  'row_id',
  'input_hash',
  'row_created_ms',
  'confidence',
  'checked_ms',
  'label',
  'second_label',
  'third_label',
  'cost_usd',
] as const;

export const checkCells = ({ newLabels: [second, third], ...check }: TeacherCheck): Cell[] => [
  ...[check.task, check.teacherVersion, check.rowId, check.inputHash, check.rowCreatedMs],
  ...[check.confidence, check.checkedMs, check.label, second, third, check.costUsd],
];

export const checkOf = (cells: readonly Cell[]): TeacherCheck => ({
  task: cells[0] as string,
  teacherVersion: cells[1] as string,
  rowId: cells[2] as string,
  inputHash: cells[3] as string,
  rowCreatedMs: cells[4] as number,
  confidence: cells[5] as number | null,
  checkedMs: cells[6] as number,
  label: cells[7] as number,
  newLabels: [cells[8] as number, cells[9] as number],
  costUsd: cells[10] as number,
});
