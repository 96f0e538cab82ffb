import type { Input } from '../task/task.js';

export interface TeacherAnswer {
  /** Index of the teacher's label in the task's labels. */
  readonly label: number;
  /** [classes] float64 summing to 1, or null when the teacher gives only a label. */
  readonly probabilities: Float64Array | null;
  /** Price of this call in US dollars, >= 0. */
  readonly costUsd: number;
  /** What a language model has read and written for it; absent where nobody says. */
  readonly usage?: TokenUsage;
}

/** Tokens, of all requests that one answer took. */
export interface TokenUsage {
  readonly inputTokens: number;
  /** Of these, those that the server had in its cache. */
  readonly cachedInputTokens: number;
  readonly outputTokens: number;
}

/** The port of a teacher: slow, priced, and sometimes not there. */
export interface Teacher {
  readonly name: string;
  /** Changes when the teacher would answer differently: a checksum for a local model. */
  readonly version: string;
  /** Price of one row in US dollars, used for what was avoided. */
  readonly costPerRowUsd: number;
  /**
   * Labels rows, in their order. All rows are answered, or the call fails as a whole.
   *
   * @param inputs  [batch], as they came. Not modified.
   * @param signal  aborts the call: the caller's deadline or hang-up.
   * @throws {TeacherTimeoutError} when there was no answer in time.
   * @throws {TeacherFailedError} when the teacher failed or gave something that is not an answer.
   * @throws {OverloadedError} when its bounded queue is full.
   */
  label(inputs: readonly Input[], signal?: AbortSignal): Promise<readonly TeacherAnswer[]>;
  close(): Promise<void>;
}
