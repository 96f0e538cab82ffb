import type { PromiseView } from '../serving/promise-view.js';

/** The promise as the primary has told it last; there is one before a worker listens. */
export interface ShownPromise extends PromiseView {
  show(promise: PromiseView): void;
}

export function createShownPromise(): ShownPromise {
  let shown: PromiseView | null = null;
  return {
    get threshold() {
      return shown!.threshold;
    },
    get labelThresholds() {
      return shown!.labelThresholds;
    },
    get holdoutRate() {
      return shown!.holdoutRate;
    },
    get keptOutShare() {
      return shown!.keptOutShare;
    },
    get policy() {
      return shown!.policy;
    },
    show: (promise) => void (shown = promise),
  };
}
