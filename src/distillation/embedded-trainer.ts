import { imageSizeOf } from '../task/task.js';
import { mlp, type Architecture } from './architecture.js';
import { createBatchSource, packBatch, type TargetRow } from './batch-source.js';
import type { DatasetRow } from './dataset.js';
import type { ImageTask } from './image-task.js';
import { initialWeights, openNetworkTrainer, type NetworkTrainer } from './network-trainer.js';
import { rowLoss } from './row-loss.js';
import { createNormalDraw, createSeededDraw } from './seeded-draw.js';
import { createImageShift } from './shift-image.js';
import { targetRowOf } from './soft-targets.js';
import { studentLoss, validationRowsMin } from './student-loss.js';
import { runTrainingLoop, type TrainingPlan } from './training-loop.js';

export interface TrainStudentOptions {
  readonly task: ImageTask;
  readonly train: readonly DatasetRow[];
  /** Stops the training early; none is allowed. */
  readonly validation: readonly DatasetRow[];
  readonly seed: number;
  /** Pixels by which an image may be moved without changing its label; 0 moves none. */
  readonly shiftPixels: number;
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

const hiddenSize = 128;
const batchRows = 64;
const epochsMax = 40;
const stepsMin = 400;
const stepsMax = 20_000;

/** Trains a student from scratch on a dataset. The same arguments give the same student. */
export async function trainStudent(options: TrainStudentOptions): Promise<TrainedStudent> {
  const { task, train, validation, seed, shiftPixels, onStep } = options;
  const inputSize = imageSizeOf(task.input);
  const classCount = task.labels.length;
  const architecture = mlp(inputSize, [hiddenSize], classCount);
  const draw = createSeededDraw(seed);
  const targets = (rows: readonly DatasetRow[]): TargetRow[] =>
    rows.map((row) => targetRowOf(row, task, studentLoss));

  const trainer = await openNetworkTrainer({
    architecture,
    shape: { inputSize, classCount, batchRows, weightDecay: 0.01 },
    loss: studentLoss,
    theta: initialWeights(architecture, createNormalDraw(draw)),
  });
  try {
    const plan = planFor(train.length);
    const theta = await runTrainingLoop(
      {
        trainer,
        nextBatch: createBatchSource({
          rows: targets(train),
          batchRows,
          draw,
          augment:
            shiftPixels === 0
              ? null
              : createImageShift(task.input, { pixelsMax: shiftPixels, draw }),
        }),
        validate: createValidation(trainer, targets(validation)),
        onStep: (step) => onStep({ ...step, stepsMax: plan.steps }),
      },
      plan,
    );
    return { architecture, theta };
  } finally {
    await trainer.close();
  }
}

function planFor(rows: number): TrainingPlan {
  const stepsPerEpoch = Math.ceil(rows / batchRows);
  const steps = Math.min(stepsMax, Math.max(stepsMin, epochsMax * stepsPerEpoch));
  return {
    steps,
    learningRate: 2e-3,
    warmUpSteps: 30,
    validateEverySteps: Math.max(10, Math.ceil(steps / 40)),
    patience: 12,
  };
}

/** The loss over the validation rows. Null for fewer rows than tell one student from another. */
function createValidation(
  trainer: NetworkTrainer,
  rows: readonly TargetRow[],
): (() => Promise<number>) | null {
  if (rows.length < validationRowsMin) return null;
  const { x } = packBatch(rows, rows.length);
  const classCount = rows[0]!.hard.length;
  return async () => {
    const logits = await trainer.score(x, rows.length);
    let total = 0;
    rows.forEach(({ soft, hard }, row) => {
      const own = logits.subarray(row * classCount, (row + 1) * classCount);
      total += rowLoss(own, { soft, hard, ...studentLoss });
    });
    return total / rows.length;
  };
}
