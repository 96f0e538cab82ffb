import type { Policy } from '../config/policy-schema.js';
import type { HoldoutEvidence } from './evidence.js';
import type { GuaranteeState } from './guarantee-memory.js';
import { brokenPromise, brokenWords, type LabelTarget } from './label-targets.js';
import { isAnswered, type Thresholds } from './label-thresholds.js';
import { LabelWatches, type WatchedRow } from './label-watches.js';
import { createRiskWatch, type RiskWatch } from './risk-watch.js';

/** What a restart must know of the tests. */
export type SavedPromiseWatch = Pick<GuaranteeState, 'watch' | 'labelWatches'>;

/** Watches what is promised of all answers, and of single labels, by anytime-valid tests. */
export class PromiseWatch {
  private readonly ofAll: RiskWatch;
  private readonly ofLabels: LabelWatches;

  constructor(
    private readonly policy: Policy,
    private readonly labelTargets: readonly LabelTarget[],
    saved: SavedPromiseWatch = { watch: null },
  ) {
    this.ofAll = createRiskWatch(policy, saved.watch);
    this.ofLabels = new LabelWatches(labelTargets, saved.labelWatches);
  }

  /** @returns how this row has shown the promise to be broken, without a full stop; or null. */
  alarmOf(row: WatchedRow): string | null {
    const broken = this.ofLabels.alarmOf(row);
    const isAlarmed = row.isServed && this.ofAll.isAlarmedBy(row.inputHash, row.disagrees);
    return isAlarmed ? brokenPromise(this.policy) : broken && brokenWords(broken);
  }

  /**
   * A row below the threshold was answered under a lower one, long ago: it is not of this promise.
   *
   * @returns the row as the tests take it; null when it says nothing about what is promised.
   */
  watchedRow(
    row: HoldoutEvidence,
    wasServed: boolean,
    promised: Thresholds & { readonly evidenceAfterMs: number },
  ): WatchedRow | null {
    if (promised.threshold === null || row.createdMs <= promised.evidenceAfterMs) return null;
    const isServed = wasServed && isAnswered(row, promised);
    return isServed || this.labelTargets.length > 0 ? { ...row, isServed } : null;
  }

  save(): SavedPromiseWatch {
    const watch = this.ofAll.save();
    return this.labelTargets.length > 0 ? { watch, labelWatches: this.ofLabels.save() } : { watch };
  }
}
