import type { TrainerStep } from '../embedded-trainer.js';
import { createSeededDraw } from '../seeded-draw.js';
import { studentLoss } from '../student-loss.js';
import { runTrainingLoop, type TrainingPlan } from '../training-loop.js';
import type { Batches } from './batches.js';
import type { ContinuedTrainer } from './continued-trainer.js';
import { lossOver } from './loss-over.js';

export interface FurtherTraining {
  readonly trainer: ContinuedTrainer;
  readonly train: Batches;
  /** Null for fewer rows than tell one student from another. */
  readonly validation: Batches | null;
  readonly seed: number;
  /** The highest one. */
  readonly rate: number;
  /** Part of a whole training, in (0, 1]. */
  readonly share: number;
  /** Looked at after each step: whether time is up. */
  readonly isOver: () => boolean;
  readonly onStep: (step: TrainerStep) => void;
}

export interface TrainedFurther {
  /**
   * [parameters] float32: the weights that were best on the validation rows, those at the start
   * included; without validation rows the last ones.
   */
  readonly theta: Float32Array;
  /** Why the training ended before its time: the rate was too high. Null: it did not. */
  readonly diverged: string | null;
}

const epochsMax = 40;
/** Of a batch each: few rows are seen over and over, and end soon all the same. */
const stepsMin = { perRow: 4, most: 400 } as const;
const stepsMax = 4000;

/**
 * Trains a brought student from its own weights.
 *
 * @throws {RangeError} when a loss is not finite, and there are no validation rows.
 */
export async function trainFurther(options: FurtherTraining): Promise<TrainedFurther> {
  const { trainer, train, validation, seed, rate, share, isOver, onStep } = options;
  const least = Math.min(stepsMin.most, stepsMin.perRow * train.rowCount);
  const whole = Math.min(stepsMax, Math.max(least, epochsMax * train.perEpoch));
  const plan = planOf(Math.ceil(whole * share), rate);
  trainer.restart();
  const validate = (): Promise<number> => lossOver(trainer, validation!, studentLoss);
  let diverged: string | null = null;
  const judged =
    validation === null
      ? { validate: null }
      : { validate, startLoss: await validate(), onDiverged: (what: string) => (diverged = what) };
  const theta = await runTrainingLoop(
    {
      ...{ ...judged, trainer, isOver, nextBatch: train.start(createSeededDraw(seed)) },
      onStep: (step) => onStep({ ...step, stepsMax: plan.steps }),
    },
    plan,
  );
  return { theta, diverged };
}

const planOf = (steps: number, learningRate: number): TrainingPlan => ({
  steps,
  learningRate,
  warmUpSteps: Math.min(20, Math.ceil(steps / 5)),
  validateEverySteps: Math.max(10, Math.ceil(steps / 40)),
  patience: 12,
});
