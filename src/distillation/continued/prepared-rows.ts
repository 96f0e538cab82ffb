import type { RowTensor } from '../../preprocess/preprocessor.js';
import type { Input } from '../../task/task.js';
import { UntrainableStudentError } from './untrainable-student-error.js';

/** One row as a student takes it: its tensors, without the batch. */
export type PreparedRow = readonly RowTensor[];

/** Inputs sorted by the sizes that they have as tensors: rows of equal sizes can share a step. */
export interface ShapeGroup {
  readonly shape: string;
  readonly example: PreparedRow;
  /** Indices of the inputs. */
  readonly rows: readonly number[];
}

/** Each takes a training graph of its own. */
const shapesMax = 32;

/**
 * Sorts inputs by their sizes. One that the student can not take teaches it nothing, and is in no
 * group.
 *
 * @throws {UntrainableStudentError} when there are too many sizes.
 */
export function groupByShape(
  prepare: (input: Input) => PreparedRow,
  inputs: readonly Input[],
): readonly ShapeGroup[] {
  const groups = new Map<string, { example: PreparedRow; rows: number[] }>();
  inputs.forEach((input, index) => {
    const row = tryPrepare(prepare, input);
    if (row === null) return;
    const shape = shapeOfRow(row);
    const group = groups.get(shape);
    if (group === undefined) groups.set(shape, { example: row, rows: [index] });
    else group.rows.push(index);
  });
  if (groups.size > shapesMax)
    throw new UntrainableStudentError([
      `The rows have ${groups.size} different sizes as tensors, and a run trains on ${shapesMax} ` +
        'at most: pad them to fewer lengths (preprocess.padToMultipleOf of a tokenizer).',
    ]);
  return [...groups].map(([shape, group]) => ({ shape, ...group }));
}

/** One group a shape. */
export const eachShape = (groups: readonly ShapeGroup[]): readonly ShapeGroup[] => [
  ...new Map(groups.map((group) => [group.shape, group])).values(),
];

const shapeOfRow = (row: PreparedRow): string => row.map(({ dims }) => dims.join('x')).join(';');

function tryPrepare(prepare: (input: Input) => PreparedRow, input: Input): PreparedRow | null {
  try {
    return prepare(input);
  } catch {
    return null;
  }
}
