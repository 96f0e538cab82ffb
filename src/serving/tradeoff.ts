import type { TradeoffJson } from '../http/api-types-tradeoff.js';
import { tradeoffCurve } from '../routing/tradeoff-curve.js';
import type { OnnxStudent } from '../student/onnx-student.js';
import { ratedRowsOf } from './evidence.js';
import type { Guarantee } from './guarantee.js';
import { policyJsonOf } from './policy-json.js';
import { shownCertificate } from './shown-certificate.js';

/** With fewer rows every interval is as good as [0, 1]. */
const rowsMin = 20;
/** An interval misses the truth in at most one case of ten. */
const intervalDelta = 0.1;
/** Least target that a policy takes, `policySchema`. */
const riskMaxMin = 0.001;

/** What `GET /v1/tasks/{task}/tradeoff` says: the curve of the student that serves. */
export function tradeoffOf({
  student,
  guarantee,
  thresholdInForce,
  teacherCostPerRowUsd,
  studentCostPerRowUsd,
}: {
  readonly student: Pick<OnnxStudent, 'version'> | null;
  readonly guarantee: Guarantee;
  /** Confidence from which the student answers by the policy; null: from none. */
  readonly thresholdInForce: number | null;
  readonly teacherCostPerRowUsd: number;
  /** Null without a student. */
  readonly studentCostPerRowUsd: number | null;
}): TradeoffJson {
  const { policy, nextFit, certifyingRows } = guarantee;
  const { holdoutRate, exploreRate } = policy;
  const missing = missingOf(student !== null, certifyingRows.length);
  const { points, inForce } = tradeoffCurve({
    ...ratedRowsOf(certifyingRows),
    thresholdInForce,
    fitDelta: nextFit.delta,
    riskMaxMin: Math.max(riskMaxMin, nextFit.riskMaxMin),
    intervalDelta,
    prices: {
      teacherCostPerRowUsd,
      studentCostPerRowUsd: studentCostPerRowUsd ?? 0,
      labelledShare: holdoutRate + (1 - holdoutRate) * exploreRate,
    },
  });
  return {
    student: student?.version ?? null,
    holdoutRows: certifyingRows.length,
    intervalDelta,
    teacherCostPerRowUsd,
    studentCostPerRowUsd,
    policy: policyJsonOf(policy),
    certificate: shownCertificate(guarantee),
    points: missing === null ? points : [],
    inForce: missing === null ? inForce : null,
    missing,
  };
}

function missingOf(hasStudent: boolean, rows: number): string | null {
  if (!hasStudent)
    return 'There is no student yet whose answers could be held against the teacher.';
  if (rows >= rowsMin) return null;
  const more = rowsMin - rows;
  return `${more} more holdout ${more === 1 ? 'row' : 'rows'} until there is a curve.`;
}
