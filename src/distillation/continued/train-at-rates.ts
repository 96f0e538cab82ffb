import type { TrainerStep } from '../embedded-trainer.js';
import { createSeededDraw } from '../seeded-draw.js';
import { studentLoss } from '../student-loss.js';
import { runTrainingLoop, type TrainingPlan } from '../training-loop.js';
import type { Batches } from './batches.js';
import type { ContinuedTrainer } from './continued-trainer.js';
import { lossOver } from './loss-over.js';

export interface TrainAtRatesOptions {
  readonly trainer: ContinuedTrainer;
  readonly train: Batches;
  /** Null for fewer rows than tell one student from another. */
  readonly validation: Batches | null;
  readonly seed: number;
  readonly onStep: (step: TrainerStep) => void;
}

/**
 * Highest learning rates. With validation rows all are tried, from the same start: small networks
 * learn with the first, deep ones that know much already break at it. Without, the middle one.
 */
const learningRates = { tried: [5e-3, 5e-4, 5e-5], unseen: 5e-4 } as const;
/** Of the steps of a whole training: enough to tell a rate that breaks from one that learns. */
const trialShare = 0.25;
const epochsMax = 40;
const stepsMin = 400;
const stepsMax = 4000;

/**
 * Tries learning rates for a while, then trains at the best of them.
 *
 * @returns [parameters] float32: the weights that were best on the validation rows, or null where
 *          those at the start were; without validation rows the last ones.
 */
export async function trainAtRates(options: TrainAtRatesOptions): Promise<Float32Array | null> {
  const { trainer, train, validation } = options;
  const steps = Math.min(stepsMax, Math.max(stepsMin, epochsMax * train.perEpoch));
  if (validation === null) {
    const plan = planOf(steps, learningRates.unseen);
    return (await trainOnce(options, { plan, startLoss: Infinity, before: 0, all: steps })).theta;
  }
  const startLoss = await lossOver(trainer, validation, studentLoss);
  const trialSteps = Math.ceil(steps * trialShare);
  const all = learningRates.tried.length * trialSteps + steps;
  let best: Trained = { loss: startLoss, theta: null, rate: learningRates.tried[1] };
  const trials: Trained[] = [];
  for (const [trial, rate] of learningRates.tried.entries()) {
    const plan = planOf(trialSteps, rate);
    trials.push(await trainOnce(options, { plan, startLoss, before: trial * trialSteps, all }));
  }
  for (const trained of trials) if (trained.loss < best.loss) best = trained;
  const plan = planOf(steps, best.rate);
  const whole = await trainOnce(options, { plan, startLoss, before: all - steps, all });
  return (whole.loss < best.loss ? whole : best).theta;
}

interface Trained {
  /** Least loss over the validation rows; infinite without them. */
  readonly loss: number;
  /** Null: the weights at the start. */
  readonly theta: Float32Array | null;
  readonly rate: number;
}

async function trainOnce(
  { trainer, train, validation, seed, onStep }: TrainAtRatesOptions,
  course: {
    readonly plan: TrainingPlan;
    readonly startLoss: number;
    /** Steps of earlier trainings, and of all together. */
    readonly before: number;
    readonly all: number;
  },
): Promise<Trained> {
  const { plan, startLoss, before, all } = course;
  trainer.restart();
  let loss = Infinity;
  const theta = await runTrainingLoop(
    {
      trainer,
      nextBatch: train.start(createSeededDraw(seed)),
      validate: validation === null ? null : () => lossOver(trainer, validation, studentLoss),
      startLoss,
      onStep(step) {
        loss = Math.min(loss, step.validationLoss ?? Infinity);
        onStep({ ...step, step: before + step.step, stepsMax: all });
      },
    },
    plan,
  );
  return { loss, theta, rate: plan.learningRate };
}

const planOf = (steps: number, learningRate: number): TrainingPlan => ({
  steps,
  learningRate,
  warmUpSteps: 20,
  validateEverySteps: Math.max(10, Math.ceil(steps / 40)),
  patience: 12,
});
