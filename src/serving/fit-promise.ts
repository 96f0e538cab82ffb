import { deltaForAttempt } from '../routing/spend-delta.js';
import { fitThreshold, type ThresholdFit } from '../routing/threshold.js';
import { ratedRowsOf } from './evidence.js';
import { fitLabels, type FittedLabels, type LabelQuestion } from './fit-labels.js';
import type { Target } from './guarantee-memory.js';
import { labelThresholdsOf } from './label-thresholds.js';
import { partRows } from './part-rows.js';

export interface PromiseQuestion extends LabelQuestion {
  readonly target: Pick<Target, 'riskMax' | 'delta'>;
}

export interface FittedPromise {
  /** For the labels without a risk of their own; its coverage counts all answers. */
  readonly overall: ThresholdFit;
  readonly labels: FittedLabels;
}

/**
 * Fits all thresholds of a policy from the same rows.
 *
 * The answers are parted by the student's label: a label with a risk of its own has a threshold of
 * its own, tested on the rows to which the student gives it; the policy's risk is tested on all
 * other rows. As no label's risk may be above the policy's, the policy's holds for all answers
 * together where all of these hold: with certainty 1 less the sum of their deltas. What must not be
 * missed comes first, as the confidence that answers with any other label need at least: of the
 * thresholds that passed, only those above it are taken. Until it is known, nothing is certified.
 */
export function fitPromise(question: PromiseQuestion): FittedPromise {
  const { evidence, target, labelTargets, attempts } = question;
  const labels = fitLabels(question);
  const { certificates, thresholdMin, unmissable } = labels;
  if (unmissable !== null)
    return { overall: { kind: 'not-certified', why: unmissable, isTested: false }, labels };
  const { shared, apart } = partRows(evidence, labelThresholdsOf(labelTargets, certificates));
  const { riskMax } = target;
  const delta = deltaForAttempt(target.delta, attempts.overall);
  const fit = fitThreshold({ ...ratedRowsOf(shared), riskMax, delta, thresholdMin });
  if (fit.kind === 'not-certified') return { overall: fit, labels };
  const coverage = (fit.rows + apart.rows) / evidence.length;
  return { overall: { ...fit, coverage }, labels };
}
