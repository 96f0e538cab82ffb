import type { Policy } from '../config/policy-schema.js';
import type { decideRoute } from '../routing/decide-route.js';
import type { Input } from '../task/task.js';
import type { RowDraw } from './draw-row.js';

/** The student's view of one row. */
export interface Opinion {
  /** [classes + features] as the model gave them: what the log keeps. */
  readonly scores: Float32Array;
  /** [classes] of them. */
  readonly logits: Float32Array;
  /** That of the student's version: probabilities are made when somebody wants them. */
  readonly temperature: number;
  readonly label: number;
  readonly confidence: number;
  readonly isOutOfScope: boolean;
}

/** Everything that is known of a row once it is decided who answers. */
export interface Draft {
  readonly id: string;
  readonly createdMs: number;
  readonly input: Input;
  readonly opinion: Opinion | null;
  readonly draw: RowDraw;
  readonly isHoldout: boolean;
  /** Its input can not become a holdout row at any rate in use. */
  readonly isTrainable: boolean;
  /** In force when the row came. */
  readonly keptOutShare: number;
  /** Rate by which it was drawn; 0 where the caller decides who answers. */
  readonly holdoutRate: number;
  /** In force when the row came. */
  readonly policy: Policy;
  readonly threshold: number | null;
  readonly studentVersion: string | null;
  readonly route: ReturnType<typeof decideRoute>;
  readonly client: string | null;
  readonly subject: string | null;
  /** False: the caller wants nothing kept of it. */
  readonly isStored: boolean;
  /** Time that the student took for its request, ms; null where it was not asked. */
  readonly studentMs: number | null;
}
