import type { Guarantee } from './guarantee.js';
import type { KeptOut } from './kept-out.js';
import type { LabelThresholds } from './label-thresholds.js';
import type { PromiseView } from './promise-view.js';
import type { TeacherBudget } from './teacher-budget.js';

const none: LabelThresholds = {};

/**
 * What requests go by: the certified threshold and the guarantee's holdout rate, or those that the
 * budget can pay for. Where the student answers everything holdout labels cost money as well on the
 * first day: no higher rate then. No rate reaches what may have been trained on.
 */
export function promiseInForce(
  guarantee: Guarantee,
  budget: Pick<TeacherBudget, 'threshold' | 'holdoutRate'>,
  keptOut: Pick<KeptOut, 'share'>,
): PromiseView {
  const wantedRate = (): number => {
    const { mode, holdoutRate } = guarantee.policy;
    if (mode === 'budget') return budget.holdoutRate;
    return mode === 'student' ? holdoutRate : guarantee.holdoutRate;
  };
  return {
    get policy() {
      return guarantee.policy;
    },
    get threshold() {
      const { mode } = guarantee.policy;
      if (mode === 'budget') return budget.threshold;
      return mode === 'risk' || mode === 'shadow' ? guarantee.threshold : null;
    },
    get labelThresholds() {
      const { mode } = guarantee.policy;
      return mode === 'risk' || mode === 'shadow' ? guarantee.labelThresholds : none;
    },
    get holdoutRate() {
      return Math.min(wantedRate(), keptOut.share);
    },
    get keptOutShare() {
      return keptOut.share;
    },
  };
}
