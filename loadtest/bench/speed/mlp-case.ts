import { mlp } from '../../../src/distillation/architecture.js';
import { initialWeights, openNetworkTrainer } from '../../../src/distillation/network-trainer.js';
import { createNormalDraw, createSeededDraw } from '../../../src/distillation/seeded-draw.js';
import { studentLoss } from '../../../src/distillation/student-loss.js';
import { digitImages } from '../digits-bodies.js';
import { batchOf, drawTargets, learningRate, weightDecay, type SpeedCase } from './speed-case.js';

const sizes = [784, 256, 128, 10] as const;
const batchRows = 128;
const batches = 8;

/** A perceptron on digits. */
export async function mlpCase(): Promise<SpeedCase> {
  const [inputSize, first, second, classCount] = sizes;
  const architecture = mlp(inputSize, [first, second], classCount);
  const draw = createSeededDraw(1);
  const rows = batches * batchRows;
  const images = (await digitImages()).slice(0, rows);
  const pixels = Float32Array.from(
    images.flatMap((image) => [...image]),
    (pixel) => pixel / 255,
  );
  const x = { columns: inputSize, data: pixels };
  const soft = drawTargets({ rows, classCount }, 0.7, draw);
  const hard = drawTargets({ rows, classCount }, 1, draw);
  const theta = initialWeights(architecture, createNormalDraw(draw));
  return {
    name: `MLP ${sizes.join('-')}, batch ${batchRows}`,
    ...{ batchRows, batches, theta, steps: 200, parts: [x, soft, hard] },
    network: { kind: 'mlp', layers: sizes.length - 1 },
    weights: architecture.parameters.map(({ shape }, index) => ({
      name: `layer_${Math.floor(index / 2)}/${index % 2 === 0 ? 'weight' : 'bias'}`,
      shape,
    })),
    async open() {
      const shape = { inputSize, classCount, batchRows, weightDecay };
      const trainer = await openNetworkTrainer({ architecture, shape, loss: studentLoss, theta });
      const rowWeights = new Float32Array(batchRows).fill(1 / batchRows);
      return {
        step(batch) {
          const own = {
            x: batchOf(x, batch, batchRows),
            soft: batchOf(soft, batch, batchRows),
            hard: batchOf(hard, batch, batchRows),
          };
          return trainer.step({ ...own, rowWeights }, learningRate);
        },
        close: () => trainer.close(),
      };
    },
  };
}
