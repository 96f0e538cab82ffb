import { imageSizeOf } from '../task/task.js';
import type { Architecture } from './architecture.js';
import { createBatchSource, packBatch, type TargetRow } from './batch-source.js';
import type { DatasetRow } from './dataset.js';
import { architectureOf, defaultImageRecipe, type ImageRecipe } from './image-recipe.js';
import type { ImageTask } from './image-task.js';
import { initialWeights, openNetworkTrainer, type NetworkTrainer } from './network-trainer.js';
import type { LossOptions } from './distillation-loss.js';
import { balancingWeights } from './balancing-weights.js';
import { rowLoss } from './row-loss.js';
import { createNormalDraw, createSeededDraw } from './seeded-draw.js';
import { createImageShift } from './shift-image.js';
import { targetRowOf } from './soft-targets.js';
import { validationRowsMin } from './student-loss.js';
import { runTrainingLoop, type TrainingPlan } from './training-loop.js';

export interface TrainStudentOptions {
  readonly task: ImageTask;
  readonly train: readonly DatasetRow[];
  /** Stops the training early; none is allowed. */
  readonly validation: readonly DatasetRow[];
  readonly seed: number;
  /** Pixels by which an image may be moved without changing its label; 0 moves none. */
  readonly shiftPixels: number;
  /** Default: `defaultImageRecipe`. */
  readonly recipe?: ImageRecipe;
  /** Part of the whole training to do, in (0, 1]; default 1. */
  readonly share?: number;
  /** [parameters] float32 weights to start from; null or absent: drawn. */
  readonly theta?: Float32Array | null;
  readonly onStep: (step: TrainerStep) => void;
}

export interface TrainerStep {
  readonly step: number;
  readonly stepsMax: number;
  readonly loss: number;
  readonly validationLoss: number | null;
}

export interface TrainedStudent {
  readonly architecture: Architecture;
  /** [parameters] float32. */
  readonly theta: Float32Array;
}

const batchRows = 64;
const epochsMax = 40;
const stepsMin = 400;
const stepsMax = 20_000;
const warmUpSteps = 30;

/** Trains a student on a dataset. The same arguments give the same student. */
export async function trainStudent(options: TrainStudentOptions): Promise<TrainedStudent> {
  const { task, train, validation, seed, shiftPixels, onStep } = options;
  const { recipe = defaultImageRecipe, share = 1 } = options;
  const inputSize = imageSizeOf(task.input);
  const classCount = task.labels.length;
  const architecture = architectureOf(recipe, task);
  const draw = createSeededDraw(seed);
  const weights = recipe.weighting === 'classes' ? balancingWeights(train) : null;
  const targets = (rows: readonly DatasetRow[]): TargetRow[] =>
    rows.map((row) => targetRowOf(row, task, recipe.loss));

  const trainer = await openNetworkTrainer({
    architecture,
    shape: { inputSize, classCount, batchRows, weightDecay: 0.01 },
    loss: recipe.loss,
    theta: options.theta ?? initialWeights(architecture, createNormalDraw(draw)),
  });
  try {
    const plan = planFor(train.length, share * recipe.lengthShare, recipe.learningRate);
    const augment =
      shiftPixels === 0 ? null : createImageShift(task.input, { pixelsMax: shiftPixels, draw });
    const rows = targets(train).map((row, index) => ({
      ...row,
      weight: row.weight * (weights?.[index] ?? 1),
    }));
    const { mixedShareMax } = recipe;
    const theta = await runTrainingLoop(
      {
        trainer,
        nextBatch: createBatchSource({ rows, batchRows, draw, augment, mixedShareMax }),
        validate: createValidation(trainer, targets(validation), recipe.loss),
        onStep: (step) => onStep({ ...step, stepsMax: plan.steps }),
      },
      plan,
    );
    return { architecture, theta };
  } finally {
    await trainer.close();
  }
}

/** @param share  part of the whole training. */
function planFor(rows: number, share: number, learningRate: number): TrainingPlan {
  const stepsPerEpoch = Math.ceil(rows / batchRows);
  const whole = Math.min(stepsMax, Math.max(stepsMin, epochsMax * stepsPerEpoch));
  const steps = Math.ceil(share * whole);
  return {
    steps,
    learningRate,
    warmUpSteps: Math.ceil(share * warmUpSteps),
    validateEverySteps: Math.max(10, Math.ceil(steps / 40)),
    patience: 12,
  };
}

/** The loss over the validation rows. Null for fewer rows than tell one student from another. */
function createValidation(
  trainer: NetworkTrainer,
  rows: readonly TargetRow[],
  loss: LossOptions,
): (() => Promise<number>) | null {
  if (rows.length < validationRowsMin) return null;
  const { x } = packBatch(rows, rows.length);
  const classCount = rows[0]!.hard.length;
  return async () => {
    const logits = await trainer.score(x, rows.length);
    let total = 0;
    rows.forEach(({ soft, hard }, row) => {
      const own = logits.subarray(row * classCount, (row + 1) * classCount);
      total += rowLoss(own, { soft, hard, ...loss });
    });
    return total / rows.length;
  };
}
