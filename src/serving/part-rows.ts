import type { RowsApart } from '../routing/tradeoff-curve.js';
import type { HoldoutEvidence } from './evidence.js';
import type { LabelThresholds } from './label-thresholds.js';

export interface PartedRows {
  /** Rows whose labels share one threshold. */
  readonly shared: readonly HoldoutEvidence[];
  /** Rows whose labels have thresholds of their own, and what the student answers of them. */
  readonly apart: RowsApart;
}

/** Parts rows by the student's label: which threshold decides them. */
export function partRows(
  evidence: readonly HoldoutEvidence[],
  thresholds: LabelThresholds,
): PartedRows {
  const shared = evidence.filter(({ label }) => thresholds[label] === undefined);
  const answered = evidence.filter(({ label, confidence }) => {
    const own = thresholds[label];
    return own !== undefined && own !== null && confidence >= own;
  });
  return {
    shared,
    apart: {
      given: evidence.length - shared.length,
      rows: answered.length,
      disagreements: answered.filter(({ disagrees }) => disagrees).length,
    },
  };
}
