import { clopperPearsonUpper } from '../routing/clopper-pearson.js';
import { deltaForAttempt, rowsMinFor } from '../routing/spend-delta.js';
import type { Target } from './guarantee-memory.js';
import type { LabelTarget } from './label-targets.js';

/**
 * A fit is first tried when the surest half of the rows is enough to pass. With fewer rows only a
 * student that is right almost everywhere could, and a young one would spend its delta on nothing.
 */
const firstCoverage = 0.5;

/** Holdout rows from which an attempt, from 1, is worth its share of delta. */
export const rowsForAttempt = ({ riskMax, delta }: Target, attempt: number): number =>
  Math.ceil(rowsMinFor(riskMax, deltaForAttempt(delta, attempt)) / firstCoverage);

/** Numbers of the attempts that come next, from 1: each has its own share of its delta. */
export interface Attempts {
  readonly overall: number;
  readonly ofLabel: (target: LabelTarget) => number;
}

/** What an attempt may spend. */
export interface NextFit {
  /** Its number, from 1. */
  readonly attempt: number;
  readonly delta: number;
  /** The least target that it would be tried for with so many rows. */
  readonly riskMaxMin: number;
}

/** @param rows  that there are now. */
export function nextFitOf(
  { delta }: Pick<Target, 'delta'>,
  attempt: number,
  rows: number,
): NextFit {
  const share = deltaForAttempt(delta, attempt);
  const trials = Math.floor(rows * firstCoverage);
  const successes = Math.min(2, trials); // As in `rowsMinFor`.
  return { attempt, delta: share, riskMaxMin: clopperPearsonUpper({ successes, trials }, share) };
}
