import type { CertificateJson, IntervalJson, PolicyJson } from './api-types.js';

/**
 * What a threshold gives, estimated on the holdout rows that certify. Intervals are exact. Labels
 * with a `riskMax` of their own keep their own thresholds, or the teacher while these are not
 * certified.
 */
export interface TradeoffPlaceJson {
  readonly threshold: number;
  /** Share of rows that the student would answer. */
  readonly coverage: IntervalJson;
  /** Share of those answers that differ from the teacher's. */
  readonly risk: IntervalJson;
  /** Share of all answers, the teacher's own included, that are the teacher's. */
  readonly agreement: IntervalJson;
  /** Share of rows that the teacher is asked about: unsure ones, and those labelled for the log. */
  readonly teacherShare: number;
  /** Teacher and student together; no row comes from the answer cache. */
  readonly costUsdPer1000Rows: number;
}

export interface TradeoffPointJson extends TradeoffPlaceJson {
  /**
   * The smallest `riskMax` by which the next fit would certify this threshold or a lower one from
   * these rows, and the coverage that it would come to. Null: none can be set, see `refusal`.
   */
  readonly target: { readonly riskMax: number; readonly coverage: number } | null;
  /**
   * Why there is no target: `too-few-rows` there is none below 1 from these rows, `below-floor` it
   * would be under `riskFloor`, `label-missed` a label with a `missMax` would be missed too often.
   */
  readonly refusal: 'too-few-rows' | 'below-floor' | 'label-missed' | null;
}

/**
 * `GET /v1/tasks/{task}/tradeoff`: agreement, coverage and cost of the student that serves, for
 * each threshold; `PATCH .../policy {riskMax}` with a point's target chooses it.
 */
export interface TradeoffJson {
  readonly student: string | null;
  /** Holdout rows behind the curve: those that certify, newest 20 000, since the last alarm. */
  readonly holdoutRows: number;
  /** Chance that an interval misses the truth. */
  readonly intervalDelta: number;
  readonly teacherCostPerRowUsd: number;
  readonly studentCostPerRowUsd: number | null;
  /** No target below it is taken: no student could keep it. 0 while no floor is shown. */
  readonly riskFloor: number;
  readonly policy: PolicyJson;
  readonly certificate: CertificateJson;
  /** Strictest threshold first, at most 50; none while `missing` says why. */
  readonly points: readonly TradeoffPointJson[];
  /** What the threshold in force gives; null while there is none, or no curve. */
  readonly inForce: TradeoffPlaceJson | null;
  /** One sentence: why there is no curve yet. */
  readonly missing: string | null;
}
