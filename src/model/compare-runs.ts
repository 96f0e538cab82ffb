import type { RowTensor } from '../preprocess/preprocessor.js';
import type { LoadedModel } from './loaded-model.js';

/**
 * Whether a row's scores depend on the rows that share its run.
 *
 * - `exact`: not by a bit;
 * - `rounding`: in the last digits, as on GPUs whose kernels change with the size of the batch;
 * - `coupled`: really, as with dynamic quantisation over the whole batch. Such rows run alone;
 * - `single`: a run of several rows fails, although the model declares that it takes them.
 */
export type Batching = 'exact' | 'rounding' | 'coupled' | 'single';

export interface RunComparison {
  readonly batching: Batching;
  /** Smaller runs are filled up to this many rows: they take other kernels, and round otherwise. */
  readonly rowsMin: 1 | 2;
  /** Rows of the largest run that was compared. */
  readonly rowsMax: number;
}

/** Rows that must not share a run. */
export const runsAlone = (batching: Batching): boolean =>
  batching === 'coupled' || batching === 'single';

/** Longer runs, ms, are neither compared nor timed: nobody would let them hold up a request. */
export const runMsMax = 250;
/** Odd sizes too: kernels take rows by twos and fours and treat the rest in their own way. */
const comparedSizes = [2, 3, 5, 8] as const;
/** Rows whose scores alone are known; with more than these, others stand beside them. */
const singlesMax = 8;
/** Differences above this share of the largest score are no rounding. */
const roundingShare = 1e-3;

type Row = readonly RowTensor[];
interface Single {
  readonly row: Row;
  readonly scores: Float32Array;
}
/** Scores that a row got beside others. */
interface Shared {
  readonly single: Single;
  readonly scores: Float32Array;
}

/**
 * Runs rows alone and beside others, in runs of several sizes and in two orders, so that a row has
 * other neighbours and another place. A model of a fixed batch is compared too: there a row alone
 * stands beside copies of itself.
 *
 * @param groups      rows of equal dims; a row that does not run by itself is left out.
 * @param runRowsMax  rows of the largest run that there will be.
 */
export async function compareRuns(
  model: LoadedModel,
  groups: readonly (readonly Row[])[],
  runRowsMax: number,
): Promise<RunComparison> {
  const sizes = sizesTo(runRowsMax);
  // Every run is of one row: there is nothing beside it.
  if (model.plan.input.fixedRows === 1)
    return { batching: 'exact', rowsMin: 1, rowsMax: sizes.at(-1)! };
  const shared: Shared[] = [];
  let rowsMax = sizes.at(-1)!;
  try {
    for (const rows of groups) {
      const singles = await runAlone(model, rows.slice(0, singlesMax));
      const others = rows.slice(singlesMax);
      if (singles.length === 0) continue;
      const most = await runShared(model, { singles, others, sizes, shared });
      rowsMax = Math.min(rowsMax, most);
    }
    return { ...(await judge(model, shared)), rowsMax };
  } catch {
    return { batching: 'single', rowsMin: 1, rowsMax: 1 };
  }
}

function sizesTo(runRowsMax: number): readonly number[] {
  const sizes: number[] = [...comparedSizes];
  while (sizes.at(-1)! * 2 <= runRowsMax) sizes.push(sizes.at(-1)! * 2);
  return sizes;
}

async function runAlone(model: LoadedModel, rows: readonly Row[]): Promise<readonly Single[]> {
  const singles: Single[] = [];
  for (const row of rows) {
    const scores = await model.run([row]).catch(() => null);
    if (scores !== null) singles.push({ row, scores: scores[0]! });
  }
  return singles;
}

/** @returns  rows of the largest run; after one that takes long there is no larger one. */
async function runShared(
  model: LoadedModel,
  parts: {
    readonly singles: readonly Single[];
    readonly others: readonly Row[];
    readonly sizes: readonly number[];
    /** Gets what came out. */
    readonly shared: Shared[];
  },
): Promise<number> {
  const { singles, others, sizes, shared } = parts;
  const forwards = [...singles, ...others.map((row) => ({ row, scores: null }))];
  const backwards = [...singles.toReversed(), ...forwards.slice(singles.length).toReversed()];
  for (const size of sizes) {
    const startedMs = performance.now();
    for (const order of [forwards, backwards]) {
      const entries = take(order, size);
      const run = await model.run(entries.map(({ row }) => row));
      entries.forEach(({ row, scores: alone }, index) => {
        if (alone !== null) shared.push({ single: { row, scores: alone }, scores: run[index]! });
      });
    }
    if (performance.now() - startedMs > 2 * runMsMax) return size;
  }
  return sizes.at(-1)!;
}

async function judge(
  model: LoadedModel,
  shared: readonly Shared[],
): Promise<Pick<RunComparison, 'batching' | 'rowsMin'>> {
  if (shared.every(({ single, scores }) => sameBits(scores, single.scores)))
    return { batching: 'exact', rowsMin: 1 };
  if (!shared.every(({ single, scores }) => isRounding(scores, single.scores)))
    return { batching: 'coupled', rowsMin: 1 };
  const paired = new Map<Row, Float32Array>();
  for (const { row } of shared.map(({ single }) => single))
    if (!paired.has(row)) paired.set(row, (await model.run([row, row]))[0]!);
  const isLikePaired = shared.every(({ single, scores }) =>
    sameBits(scores, paired.get(single.row)!),
  );
  return isLikePaired ? { batching: 'exact', rowsMin: 2 } : { batching: 'rounding', rowsMin: 1 };
}

/** As many as asked for: all in turn. */
export const take = <T>(items: readonly T[], count: number): readonly T[] =>
  Array.from({ length: count }, (_, index) => items[index % items.length]!);

const sameBits = (one: Float32Array, other: Float32Array): boolean =>
  one.every((value, index) => Object.is(value, other[index]));

/** Whether two answers to a row are equal but for their last digits. NaN is equal to NaN. */
export function isRounding(one: Float32Array, other: Float32Array): boolean {
  const size = Math.max(...other.filter(Number.isFinite).map(Math.abs), Number.MIN_VALUE);
  return one.every(
    (value, index) =>
      Object.is(value, other[index]) || Math.abs(value - other[index]!) <= roundingShare * size,
  );
}
