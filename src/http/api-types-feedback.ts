import type { PredictInputJson } from './api-types.js';

/** `POST /v1/tasks/{task}/feedback`, and `POST .../review` for a row of the review queue. */
export interface FeedbackRequestBody {
  /** The answer's. */
  readonly id: string;
  /** What is right: one of the task's labels. */
  readonly label: string;
}

export interface FeedbackJson {
  readonly id: string;
  readonly label: string;
  /** What was said of the same answer before; null when nothing was. */
  readonly replaced: string | null;
}

/** `GET /v1/tasks/{task}/review?limit=20`: rows that a person should label, most wanted first. */
export interface ReviewJson {
  readonly rows: readonly ReviewRowJson[];
}

export interface ReviewRowJson {
  readonly id: string;
  readonly createdAtMs: number;
  readonly input: PredictInputJson;
  readonly studentLabel: string;
  readonly teacherLabel: string;
  /** The student's, in its own label. */
  readonly confidence: number | null;
}
