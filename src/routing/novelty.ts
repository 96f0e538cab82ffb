/** How unlike its training rows an input may be before the teacher is asked whatever comes out. */
export interface Novelty {
  /** The model's output with the features: [batch, features] float32. */
  readonly output: string;
  /** [features] mean and standard deviation of each on ordinary rows. */
  readonly means: readonly number[];
  readonly deviations: readonly number[];
  /** Greatest novelty of an input in scope; null: nothing is out of scope. */
  readonly max: number | null;
}

/**
 * Says how unlike the rows that a student was trained on an input is.
 *
 *     novelty = sum over the features f of  (f - mean[f]) / deviation[f]
 *
 * The features grow with strangeness and miss different things: of the sum, each makes up for what
 * another one overlooks. Measured on CLINC150's out-of-scope queries by
 * `npm run bench -- --only out-of-scope`.
 *
 * @param scores  [classes + features] as a model gives them; only the last ones are read.
 * @returns       about 0 for an ordinary input, higher for a stranger one; NaN if a feature is.
 * @see Lee et al. 2018, "A Simple Unified Framework for Detecting Out-of-Distribution Samples",
 *      arXiv:1807.03888; Sun et al. 2022, arXiv:2204.06507 (distances in the last layer)
 */
export function noveltyOf(
  scores: Float32Array,
  { means, deviations }: Pick<Novelty, 'means' | 'deviations'>,
): number {
  const first = scores.length - means.length;
  let novelty = 0;
  for (let f = 0; f < means.length; f++)
    novelty += (scores[first + f]! - means[f]!) / deviations[f]!;
  return novelty;
}

/**
 * Fits what is ordinary, and the greatest novelty in scope.
 *
 *     max = the smallest novelty that at most `shareMax` of the rows exceed
 *
 * @param features  [rows][features] of rows that no weight was fitted on and that certify nothing:
 *                  those the student gets right, for others go to the teacher by their confidence.
 * @param shareMax  share of ordinary inputs that may be called out of scope, in [0, 1).
 * @returns         max is null for fewer than 100 rows (the quantile would be that of a single
 *                  row), and for shareMax 0.
 * @throws {RangeError} if rows have different lengths, a feature is not finite, or shareMax is
 *                      outside [0, 1).
 */
export function fitNovelty(
  features: readonly Float32Array[],
  shareMax: number,
): Omit<Novelty, 'output'> {
  if (!(shareMax >= 0 && shareMax < 1))
    throw new RangeError(`shareMax must be in [0, 1), got ${shareMax}`);
  const size = features[0]?.length ?? 0;
  if (!features.every((row) => row.length === size && row.every(Number.isFinite)))
    throw new RangeError(`each row must have ${size} features, all of them finite`);
  const means = columns(size, (f) => meanOf(features, (row) => row[f]!));
  const deviations = columns(size, (f) => {
    const variance = meanOf(features, (row) => (row[f]! - means[f]!) ** 2);
    return variance > 0 ? Math.sqrt(variance) : 1; // What never varies says nothing, on its own.
  });
  const open = { means, deviations, max: null };
  if (features.length < rowsMin || shareMax === 0 || size === 0) return open;
  const sorted = features.map((row) => noveltyOf(row, open)).sort((a, b) => a - b);
  const allowed = Math.floor(shareMax * sorted.length);
  return { ...open, max: sorted[sorted.length - 1 - allowed]! };
}

const rowsMin = 100;

const columns = (size: number, of: (f: number) => number): number[] =>
  Array.from({ length: size }, (_, f) => of(f));

const meanOf = <T>(rows: readonly T[], of: (row: T) => number): number =>
  rows.length === 0 ? 0 : rows.reduce((sum, row) => sum + of(row), 0) / rows.length;
