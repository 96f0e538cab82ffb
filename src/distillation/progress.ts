/** Stages of a distillation run, in their order. */
export const runStages = ['snapshot', 'train', 'calibrate', 'evaluate', 'gate', 'promote'] as const;
export type RunStage = (typeof runStages)[number];

/** One step of progress, as the terminal, the API (SSE) and the console show it. */
export interface RunProgress {
  readonly stage: RunStage;
  /** Share of this stage that is done, in [0, 1]. */
  readonly share: number;
  /** One line for people: rate, loss, what is going on. */
  readonly message: string;
  /** Estimated ms to the end of this stage, or null when unknown. */
  readonly remainingMs: number | null;
}
