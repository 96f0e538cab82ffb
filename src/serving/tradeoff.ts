import type { TradeoffJson } from '../http/api-types-tradeoff.js';
import type { Cut } from '../routing/threshold.js';
import { tradeoffCurve } from '../routing/tradeoff-curve.js';
import type { OnnxStudent } from '../student/onnx-student.js';
import { ratedRowsOf } from './evidence.js';
import { fitLabels } from './fit-labels.js';
import type { Guarantee } from './guarantee.js';
import { isAnswered, labelThresholdsOf, type LabelThresholds } from './label-thresholds.js';
import { partRows } from './part-rows.js';
import { policyJsonOf } from './policy-json.js';
import { shownCertificate } from './shown-certificate.js';

/** With fewer rows every interval is as good as [0, 1]. */
const rowsMin = 20;
/** An interval misses the truth in at most one case of ten. */
const intervalDelta = 0.1;
/** Least target that a policy takes, `policySchema`. */
const riskMaxMin = 0.001;

export interface TradeoffParts {
  readonly student: Pick<OnnxStudent, 'version'> | null;
  readonly guarantee: Guarantee;
  /** Confidence from which the student answers by the policy; null: from none. */
  readonly thresholdInForce: number | null;
  readonly labelThresholdsInForce: LabelThresholds;
  readonly riskFloor: number;
  readonly teacherCostPerRowUsd: number;
  /** Null without a student. */
  readonly studentCostPerRowUsd: number | null;
}

/** What `GET /v1/tasks/{task}/tradeoff` says: the curve of the student that serves. */
export function tradeoffOf(parts: TradeoffParts): TradeoffJson {
  const { student, guarantee, riskFloor, teacherCostPerRowUsd, studentCostPerRowUsd } = parts;
  const { policy, nextFit, certifyingRows } = guarantee;
  const { holdoutRate, recoveryHoldoutRate, exploreRate } = policy;
  const { shared, apart, thresholdMin } = asNextFitHasThem(parts);
  const missing = missingOf(student !== null, { shared: shared.length, apart: apart.given });
  const ownRisks = Object.values(policy.labels).map((target) => target.riskMax ?? 0);
  const { points, inForce } = tradeoffCurve({
    ...ratedRowsOf(shared),
    apart,
    inForce: inForceOf(parts),
    fitDelta: nextFit.delta,
    riskMaxMin: Math.max(riskMaxMin, nextFit.riskMaxMin, ...ownRisks), // As policies go together.
    riskFloor,
    thresholdMin,
    intervalDelta,
    prices: {
      teacherCostPerRowUsd,
      studentCostPerRowUsd: studentCostPerRowUsd ?? 0,
      labelledShare: holdoutRate + (1 - recoveryHoldoutRate) * exploreRate,
    },
  });
  return {
    student: student?.version ?? null,
    holdoutRows: certifyingRows.length,
    intervalDelta,
    teacherCostPerRowUsd,
    studentCostPerRowUsd,
    riskFloor,
    policy: policyJsonOf(policy),
    certificate: shownCertificate(guarantee),
    points: missing === null ? points : [],
    inForce: missing === null ? inForce : null,
    missing,
  };
}

/**
 * Another target is another promise: labels are fitted for it anew, from these rows, with that
 * fit's share of their delta.
 */
function asNextFitHasThem({ guarantee }: TradeoffParts) {
  const { labelTargets, nextAttempts: attempts, certifyingRows: evidence } = guarantee;
  const { certificates, thresholdMin } = fitLabels({ evidence, labelTargets, attempts, held: [] });
  return { ...partRows(evidence, labelThresholdsOf(labelTargets, certificates)), thresholdMin };
}

/** Rows that the thresholds in force let the student answer. */
function inForceOf(parts: TradeoffParts): Cut | null {
  const { guarantee, thresholdInForce: threshold, labelThresholdsInForce: labelThresholds } = parts;
  if (threshold === null) return null;
  const answered = guarantee.certifyingRows.filter((row) =>
    isAnswered(row, { threshold, labelThresholds }),
  );
  const disagreements = answered.filter(({ disagrees }) => disagrees).length;
  return { threshold, rows: answered.length, disagreements };
}

function missingOf(
  hasStudent: boolean,
  rows: { readonly shared: number; readonly apart: number },
): string | null {
  if (!hasStudent)
    return 'There is no student yet whose answers could be held against the teacher.';
  if (rows.shared >= rowsMin) return null;
  const more = rowsMin - rows.shared;
  const of = rows.apart === 0 ? '' : ' of labels without a riskMax of their own';
  return `${more} more holdout ${more === 1 ? 'row' : 'rows'}${of} until there is a curve.`;
}
