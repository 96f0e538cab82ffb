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
  /** Wall clock; see `TrainedAtRates.isCut`. */
  readonly secondsMax: number;
  /** Milliseconds, from any moment on. */
  readonly now: () => number;
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
/** Of a batch each: few rows are seen over and over, and end soon all the same. */
const stepsMin = { perRow: 4, most: 400 } as const;
const stepsMax = 4000;

export interface TrainedAtRates {
  /**
   * [parameters] float32: the weights that were best on the validation rows, or null where those at
   * the start were; without validation rows the last ones.
   */
  readonly theta: Float32Array | null;
  /** Time ended a training: a faster machine might have found other weights. */
  readonly isCut: boolean;
}

/**
 * Tries learning rates for a while, then trains at the best of them. Of the time each has the share
 * that it has of the steps, and what those before it have left.
 */
export async function trainAtRates(given: TrainAtRatesOptions): Promise<TrainedAtRates> {
  const clock = openClock(given);
  const theta = await bestOfRates({ ...given, clock });
  return { theta, isCut: clock.isCut() };
}

async function bestOfRates(options: TimedOptions): Promise<Float32Array | null> {
  const { trainer, train, validation } = options;
  const least = Math.min(stepsMin.most, stepsMin.perRow * train.rowCount);
  const steps = Math.min(stepsMax, Math.max(least, epochsMax * train.perEpoch));
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

interface TimedOptions extends TrainAtRatesOptions {
  readonly clock: ReturnType<typeof openClock>;
}

function openClock({ secondsMax, now }: Pick<TrainAtRatesOptions, 'secondsMax' | 'now'>) {
  const startedMs = now();
  let isCut = false;
  return {
    /** @param share  of the time, in (0, 1]. */
    isOver(share: number): boolean {
      const isOver = now() - startedMs >= share * secondsMax * 1000;
      isCut ||= isOver;
      return isOver;
    },
    isCut: () => isCut,
  };
}

interface Trained {
  /** Least loss over the validation rows; infinite without them. */
  readonly loss: number;
  /** Null: the weights at the start. */
  readonly theta: Float32Array | null;
  readonly rate: number;
}

async function trainOnce(
  { trainer, train, validation, seed, clock, onStep }: TimedOptions,
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
      isOver: () => clock.isOver((before + plan.steps) / all),
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
  warmUpSteps: Math.min(20, Math.ceil(steps / 5)),
  validateEverySteps: Math.max(10, Math.ceil(steps / 40)),
  patience: 12,
});
