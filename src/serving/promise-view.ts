import type { Policy } from '../config/policy-schema.js';
import type { LabelThresholds } from './label-thresholds.js';

/** What a request must know of the guarantee that is in force. */
export interface PromiseView {
  /** Confidence from which the student answers; null while nothing is certified. */
  readonly threshold: number | null;
  /** Instead of it, by the student's label, for labels with a risk of their own. */
  readonly labelThresholds: LabelThresholds;
  /** Share of `auto` requests that are drawn for holdout now. */
  readonly holdoutRate: number;
  /** Share of inputs, by their draw, that are never trained on: at least the holdout rate. */
  readonly keptOutShare: number;
  readonly policy: Policy;
}
