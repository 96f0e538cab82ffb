import type { Policy } from '../config/policy-schema.js';
import type { GuaranteeState } from './guarantee-memory.js';
import { brokenPromise, brokenWords, type LabelTarget } from './label-targets.js';
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

  /** Whether the row says something about what is promised. */
  counts({ isServed }: WatchedRow): boolean {
    return isServed || this.labelTargets.length > 0;
  }

  save(): SavedPromiseWatch {
    const watch = this.ofAll.save();
    return this.labelTargets.length > 0 ? { watch, labelWatches: this.ofLabels.save() } : { watch };
  }
}
