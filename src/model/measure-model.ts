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
 * - `coupled`: really, as with dynamic quantisation over the whole batch. Such rows run alone;
 * - `single`: a run of several rows fails, although the model declares that it takes them.
 */
export type Batching = 'exact' | 'rounding' | 'coupled' | 'single';

export interface Measurement {
  /** Preprocessing and run, from one row to as many as a run may have; at least one point. */
  readonly curve: readonly CostPoint[];
  /** Preprocessing of the largest input that the task allows, ms. */
  readonly prepareMsMax: number;
  readonly batching: Batching;
  /** Smaller runs are filled up to this many rows: they take other kernels, and round otherwise. */
  readonly rowsMin: 1 | 2;
}

/** Rows that must not share a run. */
export const runsAlone = (batching: Batching): boolean =>
  batching === 'coupled' || batching === 'single';

/** Longer runs are not timed: nobody would let them hold up a request. */
const runMsMax = 250;
const runsOfSizeMax = 9;
/** Time for one size, ms. */
const sizeBudgetMs = 40;
const warmUpRuns = 3;
const preparedTimes = 5;
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
  { runRowsMax, largestInput }: { readonly runRowsMax: number; readonly largestInput: Input },
): Promise<Measurement> {
  const alike = likeFirst(inputs, model);
  for (let run = 0; run < warmUpRuns; run++) await model.run([model.prepare(alike[0]!)]);
  const curve = await curveOf(model, alike, runRowsMax);
  const prepareMsMax = medianOf(prepareTimes(model, largestInput));
  // With a fixed batch every run has the same number of rows.
  if (model.plan.input.fixedRows !== null)
    return { curve, prepareMsMax, batching: 'exact', rowsMin: 1 };
  const rows = take(alike, Math.max(curve.at(-1)!.rows, comparedSizes.at(-1)!));
  const compared = await compareBatches(
    model,
    rows.map((input) => model.prepare(input)),
  );
  return {
    curve: runsAlone(compared.batching) ? curve.slice(0, 1) : curve,
    prepareMsMax,
    ...compared,
  };
}

async function curveOf(
  model: LoadedModel,
  inputs: readonly Input[],
  runRowsMax: number,
): Promise<readonly CostPoint[]> {
  const curve: CostPoint[] = [];
  for (let rows = 1; rows <= runRowsMax; rows *= 2) {
    const ms = await medianRunMs(model, take(inputs, rows)).catch((error: unknown) => {
      if (rows === 1) throw error;
      return null; // It takes one row at a time.
    });
    if (ms === null) break;
    curve.push({ rows, ms });
    if (ms > runMsMax) break;
  }
  return curve;
}

/** Rows of other dims would not share a run. */
function likeFirst(inputs: readonly Input[], model: LoadedModel): readonly Input[] {
  const keyOf = (input: Input): string =>
    JSON.stringify(model.prepare(input).map(({ dims }) => dims));
  const first = keyOf(inputs[0]!);
  return inputs.filter((input) => keyOf(input) === first);
}

const take = <T>(items: readonly T[], count: number): readonly T[] =>
  Array.from({ length: count }, (_, index) => items[index % items.length]!);

async function medianRunMs(model: LoadedModel, inputs: readonly Input[]): Promise<number> {
  const durationsMs: number[] = [];
  const startedMs = performance.now();
  do {
    const beganMs = performance.now();
    await model.run(inputs.map((input) => model.prepare(input)));
    durationsMs.push(performance.now() - beganMs);
  } while (durationsMs.length < runsOfSizeMax && performance.now() - startedMs < sizeBudgetMs);
  return medianOf(durationsMs);
}

function prepareTimes(model: LoadedModel, input: Input): number[] {
  return Array.from({ length: preparedTimes }, () => {
    const startedMs = performance.now();
    model.prepare(input);
    return performance.now() - startedMs;
  });
}

const medianOf = (durationsMs: number[]): number =>
  durationsMs.sort((a, b) => a - b)[Math.floor(durationsMs.length / 2)]!;

async function compareBatches(
  model: LoadedModel,
  rows: readonly (readonly RowTensor[])[],
): Promise<Pick<Measurement, 'batching' | 'rowsMin'>> {
  const alone: Float32Array[] = [];
  const paired: Float32Array[] = [];
  const singles = rows.slice(0, comparedSizes.at(-1));
  try {
    for (const row of singles) {
      alone.push((await model.run([row]))[0]!);
      paired.push((await model.run([row, row]))[0]!);
    }
    const together: { readonly scores: Float32Array; readonly index: number }[] = [];
    for (const size of [...comparedSizes, rows.length]) {
      const run = await model.run(rows.slice(0, size));
      const known = run.slice(0, singles.length);
      together.push(...known.map((scores, index) => ({ scores, index })));
    }
    const isLike = (single: readonly Float32Array[]): boolean =>
      together.every(({ scores, index }) => sameBits(scores, single[index]!));
    const difference = Math.max(
      ...together.map(({ scores, index }) => differenceShare(scores, alone[index]!)),
    );
    if (isLike(alone)) return { batching: 'exact', rowsMin: 1 };
    if (isLike(paired) && difference <= roundingShare) return { batching: 'exact', rowsMin: 2 };
    return { batching: difference <= roundingShare ? 'rounding' : 'coupled', rowsMin: 1 };
  } catch {
    return { batching: 'single', rowsMin: 1 };
  }
}

const sameBits = (one: Float32Array, other: Float32Array): boolean =>
  one.every((value, index) => Object.is(value, other[index]));

function differenceShare(one: Float32Array, other: Float32Array): number {
  const size = Math.max(...other.map(Math.abs), Number.MIN_VALUE);
  return Math.max(...one.map((value, index) => Math.abs(value - other[index]!))) / size;
}
