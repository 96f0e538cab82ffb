import type { Policy } from '../config/policy-schema.js';

/** What a request must know of the guarantee that is in force. */
export interface PromiseView {
  /** Confidence from which the student answers; null while nothing is certified. */
  readonly threshold: number | null;
  /** Share of `auto` requests that are drawn for holdout now. */
  readonly holdoutRate: number;
  readonly policy: Policy;
}
