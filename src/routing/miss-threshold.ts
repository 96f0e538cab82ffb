import { binomialLowerTail } from './binomial.js';

export interface MissQuestion {
  /** [rows] confidences of holdout rows that the teacher gives the label, in [0, 1]. */
  readonly confidences: Float64Array;
  /** [rows] the student gives them another label. */
  readonly isOtherLabel: readonly boolean[];
  /** Greatest share of the rows with that label that may be answered with another, in (0, 1). */
  readonly missMax: number;
  /** Chance with which this fit may be wrong, in (0, 1). */
  readonly delta: number;
}

export type MissFit =
  | {
      readonly kind: 'certified';
      /** Answers with another label need at least this confidence; 0: any will do. */
      readonly threshold: number;
      /** Rows with the label, and those of them that are answered with another. */
      readonly rows: number;
      readonly misses: number;
    }
  | { readonly kind: 'not-certified'; readonly rowsMissing: number };

/**
 * Fits the lowest confidence from which the student may give other labels, such that of the rows
 * that the teacher labels so the student misses no more than a share.
 *
 *     n                    rows with the label, whatever the student thinks of them
 *     k(t)                 of those, the rows with another label of the student and c >= t
 *     p(t) = P(Bin(n, missMax) <= k(t)),   from t = infinity down while p(t) <= delta
 *
 * As n is the same for every t, and k grows as t falls, the walk ends at the confidence of the
 * first miss too many. The share of misses grows with it: only at the first threshold whose share
 * is too high can the walk go wrong, and given n its misses are binomial there, so the steps may be
 * as fine as the rows are, and delta is not divided.
 *
 * @returns  P(share of misses at `threshold` > missMax) <= delta.
 * @throws {RangeError} if lengths differ, a confidence is not finite, or a share is outside (0, 1).
 * @see Angelopoulos et al. 2021, "Learn then Test", fixed sequences, arXiv:2110.01052
 */
export function fitMissThreshold(question: MissQuestion): MissFit {
  const { confidences, isOtherLabel, missMax, delta } = question;
  const trials = confidences.length;
  if (trials !== isOtherLabel.length)
    throw new RangeError(`${trials} confidences, but ${isOtherLabel.length} labels`);
  if (!confidences.every(Number.isFinite)) throw new RangeError('a confidence is not finite');
  const rowsMin = flawlessRowsMin(missMax, delta);
  if (trials < rowsMin) return { kind: 'not-certified', rowsMissing: rowsMin - trials };

  const surestFirst = confidences
    .filter((_, row) => isOtherLabel[row])
    .sort()
    .reverse();
  const passes = (k: number): boolean =>
    binomialLowerTail(k, { trials, probability: missMax }) <= delta;
  let misses = 0; // No row missed passes, by the rows there are.
  while (misses < surestFirst.length && passes(misses + 1)) misses++;
  if (misses === surestFirst.length)
    return { kind: 'certified', threshold: 0, rows: trials, misses };
  const threshold = justAbove(surestFirst[misses]!);
  const counted = surestFirst.filter((confidence) => confidence >= threshold).length; // No tie.
  return { kind: 'certified', threshold, rows: trials, misses: counted };
}

/**
 * Fewest rows that pass when none is missed.
 *
 *     min { n : (1 - missMax)^n <= delta }     (230 at missMax = 0.01, delta = 0.1)
 *
 * @throws {RangeError} if a share is outside (0, 1).
 */
export function flawlessRowsMin(missMax: number, delta: number): number {
  for (const [name, share] of Object.entries({ missMax, delta }))
    if (!(share > 0 && share < 1)) throw new RangeError(`${name} must be in (0, 1), got ${share}`);
  return Math.ceil(Math.log(delta) / Math.log1p(-missMax));
}

/** The next number that a float64 holds, x >= 0. */
function justAbove(x: number): number {
  const bits = new BigInt64Array(Float64Array.of(x).buffer);
  bits[0] = bits[0]! + 1n;
  return new Float64Array(bits.buffer)[0]!;
}
