import { cnn, type Architecture } from '../distillation/architecture.js';
import { createBatchSource } from '../distillation/batch-source.js';
import { initialWeights, openNetworkTrainer } from '../distillation/network-trainer.js';
import { createNormalDraw, createSeededDraw } from '../distillation/seeded-draw.js';
import { runTrainingLoop } from '../distillation/training-loop.js';
import { floatsOfImage, type LabelledImage } from '../task/labelled-images.js';
import { imageSizeOf } from '../task/task.js';
import type { ImageTask } from '../distillation/image-task.js';
import { createImageDistortion } from './distort-image.js';

const batchRows = 64;
const epochs = 25;
/** Weight of the true label in the target; the rest is spread over all labels. */
const labelWeight = 0.95;

export interface TeacherStep {
  readonly share: number;
  readonly loss: number;
}

/** Trains a large network on labelled images: the teacher of a demo task. */
export async function trainTeacher(options: {
  readonly task: ImageTask;
  readonly rows: readonly LabelledImage[];
  readonly seed: number;
  readonly onStep: (step: TeacherStep) => void;
}): Promise<{ architecture: Architecture; theta: Float32Array }> {
  const { task, rows, seed, onStep } = options;
  const classCount = task.labels.length;
  const network = { channels: [32, 32, 64, 64], hiddenSizes: [128] };
  const architecture = cnn(task.input, network, classCount);
  const draw = createSeededDraw(seed);
  const steps = epochs * Math.ceil(rows.length / batchRows);

  const trainer = await openNetworkTrainer({
    architecture,
    shape: { inputSize: imageSizeOf(task.input), classCount, batchRows, weightDecay: 0.01 },
    loss: { alpha: 0, temperature: 1 },
    theta: initialWeights(architecture, createNormalDraw(draw)),
  });
  try {
    const targets = rows.map(({ image, label }) => {
      const hard = new Float32Array(classCount).fill((1 - labelWeight) / classCount);
      hard[label]! += labelWeight;
      return { input: floatsOfImage(image), soft: hard, hard, weight: 1 };
    });
    const augment = createImageDistortion(task.input, draw);
    const theta = await runTrainingLoop(
      {
        trainer,
        nextBatch: createBatchSource({ rows: targets, batchRows, draw, augment }),
        validate: null,
        onStep: ({ step, loss }) => onStep({ share: (step + 1) / steps, loss }),
      },
      {
        steps,
        learningRate: 2e-3,
        warmUpSteps: 100,
        validateEverySteps: steps,
        patience: steps,
      },
    );
    return { architecture, theta };
  } finally {
    await trainer.close();
  }
}
