import type { Input } from '../../task/task.js';
import type { DatasetRow } from '../dataset.js';
import type { RowTargets } from '../row-loss.js';
import { shuffle, type Draw } from '../seeded-draw.js';
import type { LearntRow, RowBatch } from './continued-trainer.js';
import type { PreparedRow, ShapeGroup } from './prepared-rows.js';

export interface BatchesOptions {
  readonly rows: readonly DatasetRow[];
  /** Of these rows, by their index. */
  readonly groups: readonly Pick<ShapeGroup, 'shape' | 'rows'>[];
  readonly batchRows: number;
  /** A row as the student takes it, by its index; see `keepPrepared`. */
  readonly prepared: (index: number) => PreparedRow;
  readonly targets: (row: DatasetRow) => RowTargets;
  /** [rows] to multiply a row's own weight by; null: all the same. */
  readonly weights: readonly number[] | null;
  /** Prepares an input for one lesson, changed in a way that keeps its label; null changes none. */
  readonly vary: ((input: Input, draw: Draw) => PreparedRow) | null;
}

export interface Batches {
  /** Those that can be prepared. */
  readonly rowCount: number;
  readonly perEpoch: number;
  /** Gives batches for ever: each row once, then all again, in another order. */
  start(draw: Draw): () => RowBatch;
  /** Each row once, as it is. */
  inOrder(): IterableIterator<RowBatch>;
}

/** Rows that are kept prepared, bytes; those above are prepared anew each time. */
const preparedBytesMax = 268_435_456;

/** Puts rows of equal shapes into batches. */
export function createBatches(options: BatchesOptions): Batches {
  const { rows, groups, batchRows, prepared, weights, vary } = options;
  const targets = new Map<number, RowTargets>();

  const learnt = (index: number, tensors: PreparedRow): LearntRow => {
    const row = rows[index]!;
    const own = targets.get(index) ?? options.targets(row);
    targets.set(index, own);
    return { ...own, tensors, weight: row.weight * (weights?.[index] ?? 1) };
  };
  const batchesOf = (order: (indices: readonly number[]) => readonly number[]) =>
    groups.flatMap(({ shape, rows: own }) => {
      const indices = order(own);
      const count = Math.ceil(indices.length / batchRows);
      return Array.from({ length: count }, (_, k) => ({
        shape,
        indices: indices.slice(k * batchRows, (k + 1) * batchRows),
      }));
    });
  const asTheyAre = batchesOf((indices) => indices);

  return {
    rowCount: groups.reduce((sum, { rows: own }) => sum + own.length, 0),
    perEpoch: asTheyAre.length,
    start(draw) {
      const change = (index: number): PreparedRow =>
        vary === null ? prepared(index) : vary(rows[index]!.input, draw);
      let ahead: typeof asTheyAre = [];
      return () => {
        if (ahead.length === 0)
          ahead = shuffle(
            batchesOf((indices) => shuffle([...indices], draw)),
            draw,
          );
        const { shape, indices } = ahead.pop()!;
        return { shape, rows: indices.map((index) => learnt(index, change(index))) };
      };
    },
    *inOrder() {
      for (const { shape, indices } of asTheyAre)
        yield { shape, rows: indices.map((index) => learnt(index, prepared(index))) };
    },
  };
}

/** Prepares each row once, as long as all of them do not take too much memory. */
export function keepPrepared(
  rows: readonly Pick<DatasetRow, 'input'>[],
  prepare: (input: Input) => PreparedRow,
): (index: number) => PreparedRow {
  const kept = new Map<number, PreparedRow>();
  let bytes = 0;
  return (index) => {
    const known = kept.get(index);
    if (known !== undefined) return known;
    const row = prepare(rows[index]!.input);
    const own = row.reduce(
      (sum, { data }) => sum + ('byteLength' in data ? data.byteLength : 0),
      0,
    );
    if (bytes + own <= preparedBytesMax) {
      kept.set(index, row);
      bytes += own;
    }
    return row;
  };
}
