import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { cnn, mlp, parameterCountOf } from '../../src/distillation/architecture.js';
import { trainStudent } from '../../src/distillation/embedded-trainer.js';
import {
  architectureOf,
  defaultImageRecipe,
  imageRecipes,
  imageRecipesFor,
  settingsOf,
} from '../../src/distillation/image-recipe.js';
import type { ImageTask } from '../../src/distillation/image-task.js';
import { seeImage } from '../../src/distillation/pool-image.js';
import { runDistillation } from '../../src/distillation/run-distillation.js';
import { scoreNetwork } from '../../src/distillation/score-network.js';
import { MemoryCapture } from '../fakes/memory-capture.js';
import { distillationJob } from '../support/distillation-job.js';
import { seededDraw } from '../support/seeded-draw.js';
import { drawShapes, shapesTask } from '../support/shapes-task.js';
import { temporaryDirectory } from '../support/temporary-directory.js';

const directory = temporaryDirectory();
const sized = (width: number, height: number, channels: 1 | 3): ImageTask => ({
  ...shapesTask(0),
  input: { kind: 'image', width, height, channels },
});
/** What a run accepts where nothing is set, bytes. */
const modelBytesMax = 67_108_864;

describe('the settings for images', () => {
  it('are those of ever for small ones', () => {
    const { standard, others } = imageRecipesFor(sized(64, 64, 3))!;

    assert.equal(standard, defaultImageRecipe);
    assert.deepEqual(others, imageRecipes);
    assert.deepEqual(
      imageRecipesFor(sized(7, 64, 1))!.others,
      imageRecipes.filter(({ network }) => network.kind === 'mlp'),
    );
  });

  it('make students of large ones that pass, whatever their size', () => {
    for (const task of [sized(224, 224, 3), sized(4096, 4096, 3), sized(4096, 2, 1)]) {
      const { standard, others } = imageRecipesFor(task, modelBytesMax)!;

      for (const recipe of [standard, ...others])
        assert.ok(4 * parameterCountOf(architectureOf(recipe, task)) < 4_000_000);
    }
    const { standard } = imageRecipesFor(sized(224, 224, 3))!;
    assert.equal(settingsOf(standard), 'CNN 4-4-8-8-32, rate 0.002, T 2, alpha 0.9');
    assert.equal(imageRecipesFor(sized(4096, 2, 1))!.standard, defaultImageRecipe);
  });

  it('leave out what could not pass, and are none where nothing could', () => {
    // MLP 784-64-4: 784 * 64 + 64 + 64 * 4 + 4 weights of 4 bytes.
    const within = imageRecipesFor(sized(28, 28, 1), 4 * 50_500)!;

    assert.deepEqual(settingsOf(within.standard).split(',')[0], 'MLP 64');
    assert.ok(within.others.every(({ network }) => network.hiddenSize <= 64));
    assert.equal(imageRecipesFor(sized(28, 28, 1), 1024), null);
  });
});

describe('a run of images', () => {
  it('says before it trains that no student could be small enough, and what helps', async () => {
    const limits = { modelBytesMax: 100_000 };
    const result = await runDistillation({
      job: distillationJob(directory, { task: sized(60, 60, 3), limits }),
      ...{ capture: new MemoryCapture(), seedRows: [], goldenRows: [], draw: seededDraw(1) },
      train: () => Promise.reject(new Error('not implemented')),
      onProgress: () => {},
    });

    assert.equal(result.kind, 'untrainable');
    assert.match(
      result.reasons.join(),
      /has 923,888 bytes of weights, more than \S+Max \(100,000\): raise that/,
    );
  });

  it('teaches a student shapes in large ones', async () => {
    const task = shapesTask(66);
    const student = await trainStudent({
      ...{ task, train: drawShapes(160, 66, seededDraw(1)), validation: [], seed: 1 },
      ...{ shiftPixels: 0, share: 0.3, onStep: () => {} },
    });

    const rows = drawShapes(100, 66, seededDraw(2));
    const logits = await scoreNetwork(
      student,
      rows.map(({ input }) => seeImage(input, task.input)),
    );
    const right = logits.filter((own, k) => own.indexOf(Math.max(...own)) === rows[k]!.label);
    assert.ok(right.length > 70, `${right.length} of 100`);
    assert.match(student.architecture.description, /^CNN 33x33, 3x3 x 4-4-8-8/);
  });
});

describe('a network of colours', () => {
  it('slides its kernels over one channel after the other', async () => {
    const image = { kind: 'image', width: 2, height: 2, channels: 3 } as const;
    const architecture = cnn(image, { channels: [1], hiddenSizes: [] }, 4);
    // The kernel takes the middle pixel's green; the layer after it passes all four on.
    const kernel = new Float32Array(27).fill(0).with(9 + 4, 1);
    const passing = Float32Array.from({ length: 16 }, (_, k) => Number(k % 5 === 0));
    const theta = Float32Array.of(...kernel, 0, ...passing, 0, 0, 0, 0);

    const [logits] = await scoreNetwork({ architecture, theta }, [
      Float32Array.of(1, 10, 2, 3, 11, 4, 5, 12, 6, 7, 13, 8),
    ]);

    assert.deepEqual(logits, Float32Array.of(10, 11, 12, 13));
  });

  it('scores many large rows in parts, each as it is', async () => {
    const size = 2 ** 20;
    const architecture = mlp(size, [], 2);
    const theta = new Float32Array(parameterCountOf(architecture)).fill(1, 0, 2);
    const vectors = Array.from({ length: 9 }, (_, k) => new Float32Array(size).fill(k, 0, 1));

    const logits = await scoreNetwork({ architecture, theta }, vectors);

    assert.deepEqual(
      logits.map(([first]) => first),
      [0, 1, 2, 3, 4, 5, 6, 7, 8],
    );
  });
});
