import { binomialLowerTail } from './binomial.js';
import { rowsMinFor } from './spend-delta.js';
import { rankSurestFirst, type RankedRows, type RatedRows } from './surest-first.js';

interface Target {
  /** Greatest share of the student's answers that may differ from the teacher's, in (0, 1). */
  readonly riskMax: number;
  /** Chance with which this fit may be wrong, in (0, 1). */
  readonly delta: number;
  /** A lower threshold is of no use; absent: any will do. */
  readonly thresholdMin?: number;
}

export interface ThresholdQuestion extends RatedRows, Target {}

export type ThresholdFit =
  | {
      readonly kind: 'certified';
      readonly threshold: number;
      /** Rows and disagreements at or above the threshold. */
      readonly rows: number;
      readonly disagreements: number;
      /** Share of all given rows at or above it. */
      readonly coverage: number;
    }
  | {
      readonly kind: 'not-certified';
      /** One sentence: what is missing. */
      readonly why: string;
      /** Whether outcomes were looked at, and delta is spent; else there were too few rows. */
      readonly isTested: boolean;
    };

/** Rows with confidence >= threshold. */
export interface Cut {
  readonly threshold: number;
  readonly rows: number;
  readonly disagreements: number;
}

/**
 * Fits the lowest threshold whose selective risk is proven, by fixed-sequence testing.
 *
 *     t_1 > t_2 > ...                     about 200 quantiles of the confidences, blind to labels
 *     n_j, k_j                            rows with c >= t_j, and disagreements among them
 *     p_j = P(Bin(n_j - 1, riskMax) <= k_j)
 *                                         start at the first n_j where chance may do little harm
 *                                         (`isStart`), go on while p_j <= delta; the last that
 *                                         passed holds
 *
 * Only the first threshold whose risk is too high can go wrong, and that with chance delta: no
 * share is lost to the number of thresholds. Chosen over SGR (arXiv:1705.08500), which divides
 * delta by log2 n.
 * All thresholds that passed hold together, so that `thresholdMin` may come from the same rows.
 *
 * The quantiles come from the rows that are tested, hence n_j - 1: the row that sets a threshold
 * is no draw from what lies above it, the others are. Counted as a trial, it would raise delta to
 * delta / (1 - riskMax) where risk falls at the threshold. With that the bound is exact if the true
 * risk, once above riskMax, stays above it for all lower thresholds: the rows between that point
 * and t_j are then more often wrong than riskMax, and k_j is at least binomial. Where the risk
 * crosses riskMax several times, thresholds that jump over a stretch decide which test is the first
 * false one; there simulation says that the share of violations keeps to delta
 * (`npm run simulate`).
 *
 * @param question  rows drawn at random from traffic: none trained on, duplicates removed. A
 *                  million take one to two seconds.
 * @returns         P(risk of answers at or above `threshold` > riskMax) <= delta.
 * @throws {RangeError} if lengths differ, a confidence is not finite, or a share is outside (0, 1).
 * @see Angelopoulos et al. 2021, "Learn then Test", fixed sequences, arXiv:2110.01052
 */
export function fitThreshold(question: ThresholdQuestion): ThresholdFit {
  const { riskMax, delta, thresholdMin = 0 } = question;
  const rowsMin = rowsMinFor(riskMax, delta) + 1; // One sets the threshold.
  const ranked = rankSurestFirst(question);
  const rowsGiven = ranked.order.length;
  const refused = (why: string, isTested = true): ThresholdFit => {
    return { kind: 'not-certified', why, isTested };
  };
  if (rowsGiven < rowsMin) return refused(tooFewRows(rowsGiven, rowsMin), false);

  let passed: Cut | null = null;
  for (const cut of quantileCuts(ranked)) {
    if (!isStart(cut.rows, rowsMin, rowsGiven)) continue;
    if (cut.threshold < thresholdMin) break;
    if (!isProven(cut.disagreements, cut.rows, question)) {
      if (passed === null) return refused(tooManyOf(cut, question));
      break;
    }
    passed = cut;
  }
  // All rows are enough. Where no cut was tested, too few of them are above what may be answered.
  if (passed === null) return refused(tooFewAbove(thresholdMin, rowsMin));
  return { kind: 'certified', ...passed, coverage: passed.rows / rowsGiven };
}

/** Of all rows: most students answer so many at the least. */
const startCoverage = 0.3;

/**
 * Whether a walk over thresholds may start with so many rows, whatever their labels say: enough to
 * pass with two disagreements, and three tenths of all, or twice as many as enough. One unlucky row
 * more ends the walk before it has begun: of 700 rows of a young student 62.9 % were covered so,
 * 59.0 % by a walk that starts as soon as it can. A student that is of use for a tenth of its rows
 * alone gets its threshold all the same.
 *
 * @param rowsMin  fewest rows that pass with two disagreements.
 */
export const isStart = (rows: number, rowsMin: number, rowsGiven: number): boolean =>
  rows >= rowsMin && (rows >= startCoverage * rowsGiven || rows >= 2 * rowsMin);

/** On 300 to 600 rows it covers 0.6 points more than 50; one for each row gains 0.1 more. */
const quantileCount = 200;

/**
 * Distinct cuts at the quantiles 1/count ... 1 of the confidences, each at the end of its tie. None
 * lets the student answer rows out of scope.
 */
export function quantileCuts(
  { confidences, disagrees, isLastOfTie, inScope }: RankedRows,
  count = quantileCount,
): Cut[] {
  const cuts: Cut[] = [];
  let disagreements = 0;
  let quantile = 1;
  for (let rank = 0; rank < inScope; rank++) {
    disagreements += disagrees[rank]!;
    const rows = rank + 1;
    const isDue = rows >= (quantile * confidences.length) / count || rows === inScope;
    if (isLastOfTie[rank] === 0 || !isDue) continue;
    cuts.push({ threshold: confidences[rank]!, rows, disagreements });
    quantile = Math.floor((rows * count) / confidences.length) + 1;
  }
  return cuts;
}

function tooFewRows(rows: number, rowsMin: number): string {
  const missing = rowsMin - rows;
  const needed = missing === 1 ? 'row is' : 'rows are';
  return `${missing} more holdout ${needed} needed: a test takes at least ${rowsMin}.`;
}

const tooFewAbove = (thresholdMin: number, rowsMin: number): string =>
  thresholdMin === 0
    ? `Fewer than ${rowsMin} holdout rows are like what the student has learnt.`
    : `Fewer than ${rowsMin} holdout rows have the confidence of ${thresholdMin.toPrecision(3)} ` +
      'that is needed for not missing a label.';

/** Whether so few disagreements among `rows` rows, one of which set the threshold, are proof. */
const isProven = (disagreements: number, rows: number, { riskMax, delta }: Target): boolean =>
  binomialLowerTail(disagreements, { trials: rows - 1, probability: riskMax }) <= delta;

function tooManyOf({ rows, disagreements }: Cut, target: Target): string {
  let allowed = 2; // By the start rule.
  let tooMany = disagreements;
  while (tooMany - allowed > 1) {
    const middle = Math.floor((allowed + tooMany) / 2);
    if (isProven(middle, rows, target)) allowed = middle;
    else tooMany = middle;
  }
  const risk = Number((target.riskMax * 100).toPrecision(3));
  return (
    `The student disagrees with the teacher on ${disagreements} of the ${rows} surest rows; ` +
    `risk ${risk} % allows at most ${allowed}.`
  );
}
