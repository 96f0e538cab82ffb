import type { RowTensor } from '../preprocess/preprocessor.js';
import type { Input } from '../task/task.js';
import type { LoadedModel } from './loaded-model.js';

/** Time of a run with so many rows, ms, median of several. */
export interface CostPoint {
  readonly rows: number;
  readonly ms: number;
}

/**
 * Whether a row's scores depend on the rows that share its run.
 *
 * - `exact`: not by a bit;
 * - `rounding`: in the last digits, as on GPUs whose kernels change with the size of the batch;
 * - `coupled`: really, as with dynamic quantisation over the whole batch. Such rows run alone.
 */
export type Batching = 'exact' | 'rounding' | 'coupled';

export interface Measurement {
  /** From one row to as many as a run may have; at least one point. */
  readonly curve: readonly CostPoint[];
  readonly batching: Batching;
  /** Smaller runs are filled up to this many rows: they take other kernels, and round otherwise. */
  readonly rowsMin: 1 | 2;
}

/** Longer runs are not timed: nobody would let them hold up a request. */
const runMsMax = 250;
const runsOfSizeMax = 9;
/** Time for one size, ms. */
const sizeBudgetMs = 40;
const warmUpRuns = 3;
/** Odd sizes too: kernels take rows by twos and fours and treat the rest in their own way. */
const comparedSizes = [2, 3, 5, 8] as const;
/** Differences above this share of the largest score are no rounding. */
const roundingShare = 1e-3;

/**
 * Measures what a run costs by its number of rows, and whether rows in a run disturb each other.
 *
 * @param inputs  real ones where there are any; taken in turn.
 * @throws {InvalidInputError} when one of them can not be prepared.
 * @throws {InvalidModelOutputError} when the model can not run.
 */
export async function measureModel(
  model: LoadedModel,
  inputs: readonly Input[],
  runRowsMax: number,
): Promise<Measurement> {
  const rows = likeFirst(inputs.map((input) => model.prepare(input)));
  for (let run = 0; run < warmUpRuns; run++) await model.run(rows.slice(0, 1));
  const { batching, rowsMin } =
    model.plan.input.fixedRows === null
      ? await compareBatches(model, rows)
      : ({ batching: 'exact', rowsMin: 1 } as const); // Every run has the same number of rows.
  const curve: CostPoint[] = [];
  const largest = batching === 'coupled' ? 1 : runRowsMax;
  for (let size = 1; size <= largest; size *= 2) {
    const ms = await medianMs(model, take(rows, Math.max(size, rowsMin)));
    curve.push({ rows: size, ms });
    if (ms > runMsMax) break;
  }
  return { curve, batching, rowsMin };
}

/** Rows of other dims would not share a run. */
function likeFirst(rows: readonly (readonly RowTensor[])[]): readonly (readonly RowTensor[])[] {
  const key = (row: readonly RowTensor[]): string => JSON.stringify(row.map(({ dims }) => dims));
  return rows.filter((row) => key(row) === key(rows[0]!));
}

const take = <T>(items: readonly T[], count: number): readonly T[] =>
  Array.from({ length: count }, (_, index) => items[index % items.length]!);

async function medianMs(
  model: LoadedModel,
  rows: readonly (readonly RowTensor[])[],
): Promise<number> {
  const durationsMs: number[] = [];
  const startedMs = performance.now();
  do {
    const beganMs = performance.now();
    await model.run(rows);
    durationsMs.push(performance.now() - beganMs);
  } while (
    durationsMs.length < runsOfSizeMax &&
    performance.now() - startedMs < sizeBudgetMs
  );
  return durationsMs.sort((a, b) => a - b)[Math.floor(durationsMs.length / 2)]!;
}

async function compareBatches(
  model: LoadedModel,
  rows: readonly (readonly RowTensor[])[],
): Promise<Pick<Measurement, 'batching' | 'rowsMin'>> {
  const alone: Float32Array[] = [];
  const paired: Float32Array[] = [];
  const largest = take(rows, comparedSizes.at(-1)!);
  try {
    for (const row of largest) {
      alone.push((await model.run([row]))[0]!);
      paired.push((await model.run([row, row]))[0]!);
    }
    let difference = 0;
    let isLikeAlone = true;
    let isLikePaired = true;
    for (const size of comparedSizes) {
      const together = await model.run(largest.slice(0, size));
      together.forEach((scores, index) => {
        isLikeAlone &&= sameBits(scores, alone[index]!);
        isLikePaired &&= sameBits(scores, paired[index]!);
        difference = Math.max(difference, differenceShare(scores, alone[index]!));
      });
    }
    if (isLikeAlone) return { batching: 'exact', rowsMin: 1 };
    if (isLikePaired && difference <= roundingShare) return { batching: 'exact', rowsMin: 2 };
    return { batching: difference <= roundingShare ? 'rounding' : 'coupled', rowsMin: 1 };
  } catch {
    return { batching: 'coupled', rowsMin: 1 }; // It takes one row at a time.
  }
}

const sameBits = (one: Float32Array, other: Float32Array): boolean =>
  one.every((value, index) => Object.is(value, other[index]));

function differenceShare(one: Float32Array, other: Float32Array): number {
  const size = Math.max(...other.map(Math.abs), Number.MIN_VALUE);
  return Math.max(...one.map((value, index) => Math.abs(value - other[index]!))) / size;
}
