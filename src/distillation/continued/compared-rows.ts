import type { Input } from '../../task/task.js';
import type { DatasetRow } from '../dataset.js';
import type { PreparedRow, ShapeGroup } from './prepared-rows.js';
import type { ComparedGroup } from './require-same-scores.js';

/** Rows, and their groups by shape. */
export interface GroupedRows {
  readonly rows: readonly DatasetRow[];
  readonly groups: readonly ShapeGroup[];
}

/** Chooses, beside the example of each shape, other rows of it: a batch of them, from all over. */
export function chooseCompared(
  groups: readonly ShapeGroup[],
  about: {
    readonly from: readonly GroupedRows[];
    readonly prepare: (input: Input) => PreparedRow;
    readonly batchRows: number;
  },
): readonly ComparedGroup[] {
  const { from, prepare, batchRows } = about;
  return groups.map((group) => {
    const { shape, example } = group;
    const inputs = from.flatMap(({ rows, groups: own }) =>
      own
        .filter((one) => one.shape === shape)
        .flatMap((one) => (one === group ? one.rows.slice(1) : one.rows)) // The first: the example.
        .map((row) => rows[row]!.input),
    );
    const step = Math.max(1, inputs.length / batchRows);
    const count = Math.min(batchRows, inputs.length);
    const others = Array.from({ length: count }, (_, k) => prepare(inputs[Math.floor(k * step)]!));
    return { shape, example, others };
  });
}
