import type { HoldoutEvidence } from './evidence.js';
import type { LabelTarget } from './label-targets.js';
import { createRiskWatch, type RiskWatch, type SavedWatch } from './risk-watch.js';

/** By the key of the target. */
export type SavedLabelWatches = Readonly<Record<string, SavedWatch>>;

/** What became of a holdout row. */
export interface WatchedRow extends Pick<
  HoldoutEvidence,
  'inputHash' | 'label' | 'teacherLabel' | 'disagrees'
> {
  /** The student's answer went to the caller, under the thresholds of now. */
  readonly isServed: boolean;
}

/**
 * Watches the targets of single labels, each by its own two tests: `riskMax` on the student's
 * answers with that label, `missMax` on all rows that the teacher labels so, whoever answered.
 */
export class LabelWatches {
  private readonly watches: ReadonlyMap<LabelTarget, RiskWatch>;

  constructor(targets: readonly LabelTarget[], saved: SavedLabelWatches = {}) {
    this.watches = new Map(
      targets.map((target) => {
        const { max: riskMax, delta } = target;
        return [target, createRiskWatch({ riskMax, delta }, saved[keyOf(target)] ?? null)];
      }),
    );
  }

  /** @returns the target that this row has shown to be broken, or null. */
  alarmOf(row: WatchedRow): LabelTarget | null {
    let alarmed: LabelTarget | null = null;
    for (const [target, watch] of this.watches) {
      const failed = failureOf(target, row);
      if (failed !== null && watch.isAlarmedBy(row.inputHash, failed)) alarmed ??= target;
    }
    return alarmed;
  }

  save(): SavedLabelWatches {
    const saved = [...this.watches].map(([target, watch]) => [keyOf(target), watch.save()]);
    return Object.fromEntries(saved) as SavedLabelWatches;
  }
}

const keyOf = ({ name, kind, max, delta }: LabelTarget): string =>
  `${kind} ${max} of ${name}, delta ${delta}`;

/** Null for a row that the target does not speak of. */
function failureOf({ kind, label }: LabelTarget, row: WatchedRow): boolean | null {
  if (kind === 'riskMax') return row.isServed && row.label === label ? row.disagrees : null;
  return row.teacherLabel === label ? row.isServed && row.label !== label : null;
}
