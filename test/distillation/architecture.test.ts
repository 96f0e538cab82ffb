import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { cnn, mlp, parameterCountOf } from '../../src/distillation/architecture.js';
import { buildModelGraph } from '../../src/distillation/training-graph.js';
import { countMultiplyAdds } from '../support/count-multiply-adds.js';
import { scorePixels } from '../support/score-pixels.js';

const image = { kind: 'image', width: 7, height: 5, channels: 1 } as const;
const networks = [
  { architecture: mlp(784, [128], 10), inputSize: 784, parameters: 101_770 },
  { architecture: mlp(6, [], 3), inputSize: 6, parameters: 21 },
  { architecture: mlp(6, [5, 4], 3), inputSize: 6, parameters: 35 + 24 + 15 },
  {
    // 7x5 -> two convolutions, pool to 3x2 -> one more -> 3 * 6 values.
    architecture: cnn(image, { channels: [2, 4, 3], hiddenSizes: [8] }, 2),
    inputSize: 35,
    parameters: 9 * 2 + 2 + (9 * 2 * 4 + 4) + (9 * 4 * 3 + 3) + (18 * 8 + 8) + (8 * 2 + 2),
  },
  {
    // Two pools: 7x5 -> 3x2 -> 1x1.
    architecture: cnn(image, { channels: [2, 2, 2, 3], hiddenSizes: [] }, 2),
    inputSize: 35,
    parameters: 9 * 2 + 2 + 3 * 0 + (9 * 4 + 2) * 2 + (9 * 6 + 3) + (3 * 2 + 2),
  },
];

describe('an architecture', () => {
  for (const { architecture, inputSize, parameters } of networks) {
    const { description } = architecture;
    it(`${description} has ${parameters} parameters and does the work that it says`, () => {
      const theta = new Float32Array(parameterCountOf(architecture));

      const model = buildModelGraph(architecture, { inputSize, theta });

      assert.equal(theta.length, parameters);
      assert.equal(architecture.multiplyAdds, countMultiplyAdds(model));
    });
  }

  it('describes itself in one line', () => {
    assert.equal(mlp(784, [128], 10).description, 'MLP 784-128-10');
    assert.equal(
      cnn(image, { channels: [2, 4], hiddenSizes: [8] }, 2).description,
      'CNN 7x5, 3x3 x 2-4, MLP 24-8-2',
    );
  });

  it('of layers rectifies between them and not after the last', async () => {
    // Weights worked out by hand: hidden = relu([x, -x]), logits = [h0 - h1, -h0 + 1].
    const theta = Float32Array.of(1, -1, 0, 0, 1, -1, -1, 0, 0, 1);
    const model = buildModelGraph(mlp(1, [2], 2), { inputSize: 1, theta });

    const logits = await scorePixels(model, [Float32Array.of(3), Float32Array.of(-2)], 2);

    assert.deepEqual(logits, [Float32Array.of(3, -2), Float32Array.of(-2, 1)]);
  });
});
