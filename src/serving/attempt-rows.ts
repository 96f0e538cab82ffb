import { clopperPearsonUpper } from '../routing/clopper-pearson.js';
import { deltaForAttempt, rowsMinFor } from '../routing/spend-delta.js';
import { percentSet } from '../task/percent.js';
import type { Target } from './guarantee-memory.js';

/**
 * A fit is first tried when the surest half of the rows is enough to pass. With fewer rows only a
 * student that is right almost everywhere could, and a young one would spend its delta on nothing.
 */
const firstCoverage = 0.5;

/** Holdout rows from which an attempt, from 1, is worth its share of delta. */
export const rowsForAttempt = ({ riskMax, delta }: Target, attempt: number): number =>
  Math.ceil(rowsMinFor(riskMax, deltaForAttempt(delta, attempt)) / firstCoverage);

/** What an attempt may spend. */
export interface NextFit {
  /** Its number, from 1. */
  readonly attempt: number;
  readonly delta: number;
  /** The least target that it would be tried for with so many rows. */
  readonly riskMaxMin: number;
}

export function nextFitOf(
  { delta }: Pick<Target, 'delta'>,
  { attempt, rows }: { readonly attempt: number; readonly rows: number },
): NextFit {
  const share = deltaForAttempt(delta, attempt);
  const trials = Math.floor(rows * firstCoverage);
  const successes = Math.min(2, trials); // As in `rowsMinFor`.
  return { attempt, delta: share, riskMaxMin: clopperPearsonUpper({ successes, trials }, share) };
}

/** What is missing for the next fit, a sentence. */
export const missingRowsWords = ({ riskMax, delta }: Target, missing: number): string =>
  `${Math.max(0, missing)} more holdout rows until a threshold can be certified for risk ` +
  `${percentSet(riskMax)} with ${percentSet(1 - delta)} certainty.`;
