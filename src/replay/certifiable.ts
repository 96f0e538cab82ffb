import { clopperPearsonUpper } from '../routing/clopper-pearson.js';
import { deltaForAttempt, rowsMinFor } from '../routing/spend-delta.js';
import { percentSet } from '../task/percent.js';

/** The part of the holdout rows that certifies; the rest chooses between students. */
export const certifyingShare = 5 / 6;

/** Of the certifying rows, those that the first fit needs to pass by: the surest half. */
const firstCoverage = 0.5;

interface Target {
  readonly riskMax: number;
  readonly delta: number;
}

/** Fewest certifying rows for which a gateway tries its first fit. */
export const firstFitRowsOf = ({ riskMax, delta }: Target): number =>
  Math.ceil(rowsMinFor(riskMax, deltaForAttempt(delta, 1)) / firstCoverage);

/**
 * Says, before the first row, whether so many rows can certify the target at all, and from where on
 * they may; or which target they could.
 *
 * @param holdoutRate  share of inputs that are held out until then.
 * @param inputs       different ones: a repeat is no evidence.
 */
export function certifiableWords(
  target: Target,
  { inputs, holdoutRate }: { readonly inputs: number; readonly holdoutRate: number },
): string {
  const asked = `${percentSet(target.riskMax)} with ${percentSet(1 - target.delta)} certainty`;
  const holdoutRows = Math.ceil(firstFitRowsOf(target) / certifyingShare);
  const inputsNeeded = Math.ceil(holdoutRows / holdoutRate);
  const takes = `it takes about ${holdoutRows} holdout rows, and ${inputsNeeded} different inputs`;
  if (inputs >= inputsNeeded) return `to certify ${asked}, ${takes}`;
  const least = leastRisk(target.delta, Math.floor(inputs * holdoutRate * certifyingShare));
  const instead =
    least === null ? 'Replay more rows' : `Replay more rows, or try --risk ${least} or more`;
  return `${inputs} different inputs can not certify ${asked}: ${takes}. ${instead}.`;
}

/** The least target that the first fit could pass with so many rows, to whole percents. */
function leastRisk(delta: number, certifyingRows: number): number | null {
  const trials = Math.floor(certifyingRows * firstCoverage);
  if (trials <= 2) return null; // As many disagreements as the rule of `rowsMinFor` allows.
  const upper = clopperPearsonUpper({ successes: 2, trials }, deltaForAttempt(delta, 1));
  const least = Math.ceil(100 * upper) / 100;
  return least < 0.5 ? least : null;
}
