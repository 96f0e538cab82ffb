import { promisesRisk } from '../config/policy-schema.js';
import { createCaution } from './caution.js';
import type { Guarantee } from './guarantee.js';
import type { KeptOut } from './kept-out.js';
import type { LabelThresholds } from './label-thresholds.js';
import type { PromiseView } from './promise-view.js';
import type { TeacherBudget } from './teacher-budget.js';

const none: LabelThresholds = {};

/**
 * What requests go by: the certified threshold and the guarantee's holdout rate, or those that the
 * budget can pay for. Where the student answers everything holdout labels cost money as well on the
 * first day: no higher rate then. While inputs drift, thresholds are higher and more is held out.
 * No rate reaches what may have been trained on.
 */
export function promiseInForce(parts: {
  readonly guarantee: Guarantee;
  readonly budget: Pick<TeacherBudget, 'threshold' | 'holdoutRate'>;
  readonly keptOut: Pick<KeptOut, 'share'>;
}): PromiseView {
  const { guarantee, budget, keptOut } = parts;
  const caution = createCaution(guarantee);
  const wantedRate = (): number => {
    const { mode, holdoutRate, recoveryHoldoutRate } = guarantee.policy;
    if (mode === 'budget') return budget.holdoutRate;
    if (mode === 'student') return holdoutRate;
    const raisedRate = guarantee.inputDrift === null ? 0 : recoveryHoldoutRate;
    return Math.max(guarantee.holdoutRate, raisedRate);
  };
  return {
    get policy() {
      return guarantee.policy;
    },
    get threshold() {
      const { mode } = guarantee.policy;
      if (mode === 'budget') return budget.threshold;
      return promisesRisk(mode) ? caution.thresholds.threshold : null;
    },
    get labelThresholds() {
      return promisesRisk(guarantee.policy.mode) ? caution.thresholds.labelThresholds : none;
    },
    get holdoutRate() {
      return Math.min(wantedRate(), keptOut.share);
    },
    get keptOutShare() {
      return keptOut.share;
    },
  };
}
