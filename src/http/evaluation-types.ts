import type { IntervalJson } from './api-types.js';
import type { CompressionJson } from './api-types-compression.js';
import type { TrainingJson } from './api-types-training.js';

/** What a run found out about a candidate, on rows that it was never trained on. */
export interface EvaluationJson {
  readonly temperature: number;
  /** What its confidence is made of, as chosen on validation rows. Runs of old have none. */
  readonly score?: 'top-probability' | 'margin' | 'entropy' | 'energy';
  /** What it takes for out of scope; null or absent: it can not tell. */
  readonly novelty?:
    | {
        readonly output: string;
        readonly means: readonly number[];
        readonly deviations: readonly number[];
        readonly max: number | null;
      }
    | null
    | undefined;
  /**
   * Expected calibration error of its top probability on the holdout rows used for choosing, in 15
   * bins of equal width and of equal mass; null without such rows.
   */
  readonly calibrationError?: { readonly equalWidth: number; readonly equalMass: number } | null;
  /** Agreement with the teacher on all holdout rows used for choosing. */
  readonly agreement: IntervalJson;
  /** Coverage at the target risk on those rows. */
  readonly coverage: number;
  readonly goldenAccuracy: number;
  readonly goldenRows: number;
  readonly runMsP99: number;
  readonly incumbent: {
    readonly version: string;
    readonly agreement: number;
    readonly coverage: number;
    readonly goldenAccuracy: number;
  } | null;
  readonly gates: readonly GateJson[];
  /** What its trainer tried; null or absent: it does not say. */
  readonly training?: TrainingJson | null;
  /** Of a version in 8 bits: beside the one that it was made of. Absent for others. */
  readonly compression?: CompressionJson;
}

export interface GateJson {
  readonly name: string;
  readonly isPassed: boolean;
  /** One sentence with the numbers. */
  readonly reason: string;
}
