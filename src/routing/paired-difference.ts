import type { PairedJson } from '../http/api-types-evaluation.js';
import { mcnemar } from './mcnemar.js';
import { normalQuantile } from './normal-quantile.js';

/** Two models on the same rows: which rows each has right. */
export interface PairedOutcomes {
  /** [rows] */
  readonly ownIsRight: readonly boolean[];
  /** [rows] */
  readonly otherIsRight: readonly boolean[];
}

/**
 * Compares two models on the same rows.
 *
 *     difference = (gained - lost) / rows
 *     p          = min(1, 2 min(P(M >= lost), P(M >= gained))),  M = Bin(gained + lost, 1/2)
 *     interval   { x : |gained - lost - n x| <= z sqrt(n (2 q(x) + x (1 - x))) },    n rows
 *
 * q(x) is the most likely share of lost rows if x is the true difference. The score interval keeps
 * its level also where few rows tell the two apart, on average over what the truth may be. Exact
 * ones are wider than need be: what is promised of a student's risk rests on none of these.
 *
 * @param delta  chance that the interval misses the truth, about, in (0, 1).
 * @returns      without rows: 0 inside [-1, 1], p = 1.
 * @throws {RangeError} if the two have different numbers of rows.
 * @see McNemar 1947, Psychometrika 12; Tango 1998, "Equivalence test and confidence interval for
 *      the difference in proportions for the paired-sample design", Statistics in Medicine 17
 */
export function pairedDifference(
  { ownIsRight, otherIsRight }: PairedOutcomes,
  delta: number,
): PairedJson {
  const rows = ownIsRight.length;
  if (rows !== otherIsRight.length)
    throw new RangeError(`needs the same rows, got ${rows} and ${otherIsRight.length}`);
  let [gained, lost] = [0, 0];
  ownIsRight.forEach((isRight, row) => {
    if (isRight && !otherIsRight[row]!) gained++;
    if (!isRight && otherIsRight[row]!) lost++;
  });
  const worse = mcnemar(lost, gained).pGreater;
  const better = mcnemar(gained, lost).pGreater;
  return {
    rows,
    gained,
    lost,
    difference: rows === 0 ? 0 : (gained - lost) / rows,
    ...scoreInterval({ rows, gained, lost }, normalQuantile(1 - delta / 2)),
    p: Math.min(1, 2 * Math.min(worse, better)),
  };
}

interface Counts {
  readonly rows: number;
  readonly gained: number;
  readonly lost: number;
}

function scoreInterval(
  { rows, gained, lost }: Counts,
  z: number,
): { readonly low: number; readonly high: number } {
  if (rows === 0) return { low: -1, high: 1 };
  const low = -boundOf({ rows, gained: lost, lost: gained }, z);
  return { low, high: boundOf({ rows, gained, lost }, z) };
}

/** The largest x that is z standard errors above what was seen, or less. */
function boundOf({ rows: n, gained, lost }: Counts, z: number): number {
  const isWithin = (x: number): boolean => {
    const a = 2 * n;
    const b = (2 * n - gained + lost) * x - gained - lost;
    const c = -lost * x * (1 - x);
    const q = (Math.sqrt(b * b - 4 * a * c) - b) / (2 * a);
    return n * x - gained + lost <= z * Math.sqrt(n * (2 * q + x * (1 - x)));
  };
  let [low, high] = [(gained - lost) / n, 1];
  if (low === 1) return 1;
  for (let halving = 0; halving < 60; halving++) {
    const middle = (low + high) / 2;
    if (isWithin(middle)) low = middle;
    else high = middle;
  }
  return low;
}
