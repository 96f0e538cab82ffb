import type { Input } from '../task/task.js';
import type { Architecture } from './architecture.js';
import { weightsBy } from './row-weighting.js';
import { createBatchSource, packBatch, type Augment, type TargetRow } from './batch-source.js';
import type { DatasetRow } from './dataset.js';
import type { LossOptions } from './distillation-loss.js';
import type { TrainedStudent, TrainerStep } from './embedded-trainer.js';
import type { NetworkRecipe } from './network-recipe.js';
import { initialWeights, openNetworkTrainer, type NetworkTrainer } from './network-trainer.js';
import { partsOf } from './parts-of.js';
import { rowLoss } from './row-loss.js';
import { createNormalDraw, createSeededDraw, type Draw } from './seeded-draw.js';
import { targetRowOf } from './soft-targets.js';
import { validationRowsMin } from './student-loss.js';
import { runTrainingLoop, type TrainingPlan } from './training-loop.js';

export interface TrainNetworkOptions {
  readonly architecture: Architecture;
  readonly inputSize: number;
  readonly classCount: number;
  /** [inputSize] float32: an input as the network sees it. */
  readonly vectorOf: (input: Input) => Float32Array;
  readonly train: readonly DatasetRow[];
  /** Stops the training early; none is allowed. */
  readonly validation: readonly DatasetRow[];
  readonly seed: number;
  readonly recipe: NetworkRecipe;
  /** Part of the whole training to do, in (0, 1]. */
  readonly share: number;
  /** [parameters] float32 weights to start from; null: drawn. */
  readonly theta: Float32Array | null;
  /** Makes what changes rows in training; null: nothing does. */
  readonly augment: ((draw: Draw) => Augment) | null;
  readonly onStep: (step: TrainerStep) => void;
}

const batchRows = 64;
const epochsMax = 40;
const stepsMin = 400;
const stepsMax = 20_000;
const warmUpSteps = 30;

/**
 * Trains a network of vectors on a dataset. The same arguments give the same weights.
 *
 * @throws {RangeError} when the loss is not finite.
 */
export async function trainNetwork(options: TrainNetworkOptions): Promise<TrainedStudent> {
  const { architecture, inputSize, classCount, train, validation, recipe, onStep } = options;
  const draw = createSeededDraw(options.seed);
  const weights = weightsBy(recipe.weighting, train);
  const targets = (rows: readonly DatasetRow[]): TargetRow[] =>
    rows.map((row) =>
      targetRowOf(row, { input: options.vectorOf(row.input), classCount }, recipe.loss),
    );

  const trainer = await openNetworkTrainer({
    architecture,
    shape: { inputSize, classCount, batchRows, weightDecay: 0.01 },
    loss: recipe.loss,
    theta: options.theta ?? initialWeights(architecture, createNormalDraw(draw)),
  });
  try {
    const plan = planFor(train.length, options.share * recipe.lengthShare, recipe.learningRate);
    const rows = targets(train).map((row, index) => ({
      ...row,
      weight: row.weight * (weights?.[index] ?? 1),
    }));
    const { mixedShareMax } = recipe;
    const augment = options.augment?.(draw) ?? null;
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
  return async () => {
    let total = 0;
    for (const part of partsOf(rows, rows[0]!.input.length)) {
      const { x } = packBatch(part, part.length);
      const logits = await trainer.score(x, part.length);
      const classCount = logits.length / part.length;
      part.forEach(({ soft, hard }, row) => {
        const own = logits.subarray(row * classCount, (row + 1) * classCount);
        total += rowLoss(own, { soft, hard, ...loss });
      });
    }
    return total / rows.length;
  };
}
