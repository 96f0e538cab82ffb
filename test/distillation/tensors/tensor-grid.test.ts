import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { seedRowOf, type DatasetRow } from '../../../src/distillation/dataset.js';
import { initialWeights } from '../../../src/distillation/network-trainer.js';
import { scoreNetwork } from '../../../src/distillation/score-network.js';
import { createNormalDraw } from '../../../src/distillation/seeded-draw.js';
import { cnn } from '../../../src/distillation/architecture.js';
import { gridOf } from '../../../src/distillation/tensors/tensor-grid.js';
import { trainTensorModel } from '../../../src/distillation/tensors/train-tensor-model.js';
import { standardOfChannels } from '../../../src/distillation/vectors/standardise.js';
import { openInlineRunner } from '../../../src/model/inline-runner.js';
import type { TensorInput } from '../../../src/task/task.js';
import { encodeTensors } from '../../../src/task/tensor-codec.js';
import { assertNearAll } from '../../support/assert-near-all.js';
import { seededDraw } from '../../support/seeded-draw.js';
import { tensorSource } from '../../support/tensor-input.js';

const tensorOf = (...shape: number[]): TensorInput => ({
  kind: 'tensor',
  tensors: [{ name: 'pixels', dtype: 'float32', shape }],
});

describe('a tensor that may be an image', () => {
  it('is of two axes, or of three with 1, 3 or 4 channels first or last', () => {
    assert.deepEqual(gridOf(tensorOf(28, 20)), { height: 28, width: 20, channels: 1 });
    const planes = { height: 32, width: 24, channels: 3, isPlanar: true };
    assert.deepEqual(gridOf(tensorOf(3, 32, 24)), planes);
    assert.deepEqual(gridOf(tensorOf(32, 24, 4)), { height: 32, width: 24, channels: 4 });
    // One side is too short for its channels to come first.
    assert.deepEqual(gridOf(tensorOf(4, 32, 3)), null);
    for (const shape of [[], [784], [5, 28, 28], [28, 7], [1, 3, 28, 28]])
      assert.equal(gridOf(tensorOf(...shape)), null, shape.join());
    const [one] = tensorOf(28, 28).tensors;
    const two = [one!, { ...one!, name: 'other' }];
    assert.equal(gridOf({ kind: 'tensor', tensors: two }), null);
  });

  it('has one centre and one scale for all points of a channel', () => {
    const vectors = Array.from({ length: 50 }, (_, k) => Float32Array.of(k, 100, 50 + k, 100));
    const { centres, scales } = standardOfChannels(vectors, {
      ...{ channels: 2, channelOf: (j) => j % 2 },
    });

    assert.deepEqual([...centres], [50, 100, 50, 100]);
    assert.equal(scales[0], scales[2]);
    assert.deepEqual([scales[0]! > 0, scales[1], scales[3]], [true, 0, 0]);
  });

  it('is seen alike with its channels first and last', async () => {
    const size = { height: 9, width: 8, channels: 3 };
    const layers = { channels: [2, 3], hiddenSizes: [4] };
    const [planar, byPixel] = [true, false].map((isPlanar) =>
      cnn({ ...size, isPlanar }, layers, 5),
    );
    const draw = createNormalDraw(seededDraw(3));
    const theta = initialWeights(planar!, draw);
    const pixels = Float32Array.from({ length: 216 }, draw);
    const planes = pixels.map((_, j) => pixels[(j % 72) * 3 + Math.floor(j / 72)]!);

    const [one] = await scoreNetwork({ architecture: planar!, theta }, [planes]);
    const [other] = await scoreNetwork({ architecture: byPixel!, theta }, [pixels]);

    assert.equal(one!.length, 5);
    assertNearAll(one!, other!, 1e-5);
  });
});

const side = 9;
const planes = tensorOf(3, side, side);
/** A cross that stands, or lies, anywhere in noise of any range. */
const drawCrosses = (count: number, seed: number): DatasetRow[] => {
  const draw = seededDraw(seed);
  return Array.from({ length: count }, (_, index) => {
    const label = index % 2;
    const data = Float32Array.from({ length: 3 * side * side }, () => 300 * draw() - 1000);
    const place = Math.floor(draw() * 7) * side + Math.floor(draw() * 7);
    const points = label === 0 ? [1, side, side + 1, side + 2, 2 * side + 1] : lying;
    for (let channel = 0; channel < 3; channel++)
      for (const point of points) data[channel * side * side + place + point]! += 600;
    const input = encodeTensors([{ data, dims: [3, side, side] }], planes);
    return seedRowOf({ input, label, probabilities: null }, index);
  });
};
const lying = [0, 2, side + 1, 2 * side, 2 * side + 2];

describe('a student of such tensors', () => {
  it('is convolutional where the search finds that better, and is served so', async () => {
    const labels = ['standing', 'lying'];
    const { model, training } = await trainTensorModel(planes, labels.length, {
      ...{ train: drawCrosses(250, 1), validation: drawCrosses(120, 2), seed: 1, parent: null },
      budget: { workMax: 2, secondsMax: 600 },
      onTrial: () => () => {},
      now: () => 0,
    });
    const source = tensorSource(model.onnx, planes, { labels });
    const named = { ...source.manifest.model, outputName: model.outputName! };
    const runner = await openInlineRunner({
      ...source,
      manifest: { ...source.manifest, model: named },
    });
    const rows = drawCrosses(200, 3);
    const served = await runner.run(rows.map(({ input }) => input));
    await runner.close();

    assert.match(model.description, /^CNN 9x9, /, training.notes.join(' '));
    const right = served.filter((logits, row) => {
      const scores = logits as Float32Array;
      return scores.indexOf(Math.max(...scores)) === rows[row]!.label;
    });
    const [won, usual] = [true, false].map(
      (isChosen) =>
        training.trials.find((trial) => trial.share === 1 && trial.isChosen === isChosen)!
          .agreement!,
    );
    assert.ok(won! > usual!, `${won} and ${usual}`);
    assert.ok(Math.abs(right.length / 200 - won!) < 0.1, `${right.length} of 200 served`);
  });
});
