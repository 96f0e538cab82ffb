import { binomialLowerTail } from './binomial.js';
import { rowsMinFor } from './spend-delta.js';
import { rankSurestFirst, type RankedRows, type RatedRows } from './surest-first.js';

export interface ThresholdQuestion extends RatedRows {
  /** Greatest share of the student's answers that may differ from the teacher's, in (0, 1). */
  readonly riskMax: number;
  /** Chance with which this fit may be wrong, in (0, 1). */
  readonly delta: number;
}

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
 *     t_1 > t_2 > ...                     about 50 quantiles of the confidences, blind to labels
 *     n_j, k_j                            rows with c >= t_j, and disagreements among them
 *     p_j = P(Bin(n_j, riskMax) <= k_j)   start at the first n_j that passes with 2 disagreements,
 *                                         go on while p_j <= delta; the last that passed holds
 *
 * Only the first threshold whose risk is too high can go wrong, and that with chance delta: no
 * share is lost to the number of thresholds. Chosen over SGR (arXiv:1705.08500), which divides
 * delta by log2 n. The quantiles come from the same rows, so k_j is binomial up to the one row that
 * sits on the threshold; the test simulates that the violation rate keeps to delta.
 *
 * @param question  rows drawn at random from traffic: none trained on, duplicates removed.
 * @returns         P(risk of answers at or above `threshold` > riskMax) <= delta.
 * @throws {RangeError} if lengths differ, a confidence is not finite, or a share is outside (0, 1).
 * @see Angelopoulos et al. 2021, "Learn then Test", fixed sequences, arXiv:2110.01052
 */
export function fitThreshold(question: ThresholdQuestion): ThresholdFit {
  const { riskMax, delta } = question;
  const rowsMin = rowsMinFor(riskMax, delta);
  const ranked = rankSurestFirst(question);
  const rowsGiven = ranked.order.length;
  if (rowsGiven < rowsMin) return { kind: 'not-certified', why: tooFewRows(rowsGiven, rowsMin) };

  let passed: Cut | null = null;
  for (const cut of quantileCuts(ranked).filter(({ rows }) => rows >= rowsMin)) {
    const chance = binomialLowerTail(cut.disagreements, { trials: cut.rows, probability: riskMax });
    if (chance > delta) {
      if (passed === null) return { kind: 'not-certified', why: tooManyOf(cut, question) };
      break;
    }
    passed = cut;
  }
  // The last quantile holds all rows, and those are enough: at least one cut was tested.
  return { kind: 'certified', ...passed!, coverage: passed!.rows / rowsGiven };
}

/** Finer grids gain coverage of under 1 / 50, and give chance more steps to end the walk at. */
const quantileCount = 50;

/** Distinct cuts at the quantiles 1/50 ... 50/50 of the confidences, each at the end of its tie. */
export function quantileCuts({ confidences, disagrees, isLastOfTie }: RankedRows): Cut[] {
  const cuts: Cut[] = [];
  let disagreements = 0;
  let quantile = 1;
  for (let rank = 0; rank < confidences.length; rank++) {
    disagreements += disagrees[rank]!;
    const rows = rank + 1;
    if (isLastOfTie[rank] === 0 || rows < (quantile * confidences.length) / quantileCount) continue;
    cuts.push({ threshold: confidences[rank]!, rows, disagreements });
    quantile = Math.floor((rows * quantileCount) / confidences.length) + 1;
  }
  return cuts;
}

function tooFewRows(rows: number, rowsMin: number): string {
  const missing = rowsMin - rows;
  const needed = missing === 1 ? 'row is' : 'rows are';
  return `${missing} more holdout ${needed} needed: a test takes at least ${rowsMin}.`;
}

function tooManyOf({ rows, disagreements }: Cut, { riskMax, delta }: ThresholdQuestion): string {
  let allowed = 2; // By the start rule.
  const passes = (k: number): boolean =>
    binomialLowerTail(k, { trials: rows, probability: riskMax }) <= delta;
  while (passes(allowed + 1)) allowed++;
  const risk = Number((riskMax * 100).toPrecision(3));
  return (
    `The student disagrees with the teacher on ${disagreements} of the ${rows} surest rows; ` +
    `risk ${risk} % allows at most ${allowed}.`
  );
}
