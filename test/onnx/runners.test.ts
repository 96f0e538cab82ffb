import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import { InvalidBundleError, InvalidModelOutputError } from '../../src/errors.js';
import { openInlineRunner } from '../../src/onnx/inline-runner.js';
import type { ModelRunner } from '../../src/onnx/model-runner.js';
import * as op from '../../src/onnx/operators.js';
import { openWorkerRunner } from '../../src/onnx/worker-runner.js';
import { modelOf, slowModel, tinyModel, tinyShape } from '../support/tiny-model.js';
import { seededDraw } from '../support/seeded-draw.js';

/** Closed also when a test fails: an open thread would keep the process up. */
const opened: ModelRunner[] = [];
after(() => Promise.all(opened.map((runner) => runner.close())));
const tracked =
  (open: typeof openInlineRunner): typeof openInlineRunner =>
  async (model, shape) => {
    const runner = await open(model, shape);
    opened.push(runner);
    return runner;
  };
const openers = { inline: tracked(openInlineRunner), worker: tracked(openWorkerRunner) };

async function withRunner<T>(
  opening: Promise<ModelRunner>,
  work: (runner: ModelRunner) => Promise<T>,
): Promise<T> {
  const runner = await opening;
  try {
    return await work(runner);
  } finally {
    await runner.close();
  }
}

for (const [kind, open] of Object.entries(openers)) {
  describe(`the ${kind} runner`, () => {
    it('runs rows and says what it is', () =>
      withRunner(open(tinyModel(), tinyShape), async (runner) => {
        const input = Float32Array.of(0, 0, 0, 1, 2, 3);

        const output = await runner.run(input, 2);

        assert.equal(runner.kind, kind);
        assert.deepEqual(output, Float32Array.of(10, 20, 24, 14));
      }));

    it('answers many runs at once, each its own', () =>
      withRunner(open(tinyModel(), tinyShape), async (runner) => {
        const markers = Array.from({ length: 50 }, (_, k) => k);

        const outputs = await Promise.all(
          markers.map((marker) => runner.run(Float32Array.of(marker, 0, 0), 1)),
        );

        assert.deepEqual(
          outputs.map(([first]) => first),
          markers.map((marker) => marker + 10),
        );
      }));

    it('keeps an output as it is while later runs go on', () =>
      withRunner(open(tinyModel(), tinyShape), async (runner) => {
        const first = await runner.run(Float32Array.of(1, 1, 1), 1);
        for (let k = 0; k < 20; k++) await runner.run(Float32Array.of(k, k, k), 1);

        assert.deepEqual(first, Float32Array.of(16, 17));
      }));

    for (const { name, model } of [
      {
        name: 'fewer columns',
        model: modelOf((graph, x) => op.reduceSum(graph, x, [1], { keepDims: true })),
      },
      {
        name: 'as many numbers, but no matrix of rows',
        model: modelOf((graph, x) => {
          const three = graph.constant(new Float32Array(6).fill(1), [3, 2]);
          return op.transpose(graph, op.matMul(graph, x, three), [1, 0]);
        }),
      },
      {
        name: 'whole numbers',
        model: modelOf((graph, x) => {
          const attributes = { to: { int: 7 } }; // INT64
          const two = op.matMul(graph, x, graph.constant(new Float32Array(6), [3, 2]));
          const node = { op: 'Cast', inputs: [two], attributes };
          return graph.applyMany(node, [{ shape: ['batch', 2], type: 'int64' }])[0]!;
        }),
      },
    ]) {
      it(`refuses an output of ${name}`, () =>
        withRunner(open(model, tinyShape), async (runner) => {
          await assert.rejects(runner.run(new Float32Array(9), 3), (error) => {
            assert.ok(error instanceof InvalidModelOutputError);
            assert.match(
              error.message,
              /^The model gave \w+ \[[\d,]+\], expected float32 \[3,2\]\.$/,
            );
            return true;
          });
        }));
    }

    it('says why a run failed, and goes on', () =>
      withRunner(open(tinyModel(), { ...tinyShape, inputSize: 4 }), async (runner) => {
        const failing = runner.run(new Float32Array(4), 1);
        await assert.rejects(failing, (error) => {
          assert.ok(error instanceof InvalidModelOutputError);
          assert.match(error.message, /cannot run: Got invalid dimensions .*input/);
          return true;
        });
        await assert.rejects(runner.run(new Float32Array(3), 1), InvalidModelOutputError);
      }));

    it('ends the runs that were asked for before it is closed, and takes no more', async () => {
      const runner = await open(slowModel(400), tinyShape);
      const runs = Array.from({ length: 5 }, () => runner.run(new Float32Array(3), 1));

      const closed = Promise.all([runner.close(), runner.close()]);

      assert.equal((await Promise.all(runs)).length, 5);
      await closed;
      await runner.close();
      await assert.rejects(runner.run(new Float32Array(3), 1), InvalidModelOutputError);
    });

    it('refuses bytes that are no model', async () => {
      const cut = tinyModel().slice(0, 60);

      for (const model of [cut, new Uint8Array(0), Buffer.from('not a model')])
        await assert.rejects(open(model, tinyShape), InvalidBundleError);
    });

    it('refuses an operator that ONNX Runtime does not know, and names it', async () => {
      const model = modelOf((graph, x) => graph.apply('Enlighten', [x], ['batch', 2]));

      await assert.rejects(open(model, tinyShape), (error) => {
        assert.ok(error instanceof InvalidBundleError);
        assert.match(error.message, /cannot load the model: .*Enlighten/s);
        return true;
      });
    });

    it('refuses a model whose tensors have other names than its manifest says', async () => {
      for (const wrong of [{ inputName: 'pixels' }, { outputName: 'scores' }]) {
        await assert.rejects(open(tinyModel(), { ...tinyShape, ...wrong }), (error) => {
          assert.ok(error instanceof InvalidBundleError);
          assert.match(
            error.message,
            /has inputs \[input\] and outputs \[logits\].*(pixels|scores)/,
          );
          return true;
        });
      }
    });
  });
}

describe('the inline and the worker runner', () => {
  it('give the same bits', async () => {
    const draw = seededDraw(5);
    const weights = Float32Array.from({ length: 64 * 32 }, () => 2 * draw() - 1);
    const model = modelOf(
      (graph, x) => op.logSoftmax(graph, op.matMul(graph, x, graph.constant(weights, [64, 32]))),
      64,
    );
    const shape = { ...tinyShape, inputSize: 64, outputSize: 32 };
    const input = Float32Array.from({ length: 7 * 64 }, draw);

    const run = (runner: ModelRunner) => runner.run(input.slice(), 7);
    const inline = await withRunner(openInlineRunner(model, shape), run);
    const worker = await withRunner(openWorkerRunner(model, shape), run);

    assert.deepEqual(new Uint32Array(worker.buffer), new Uint32Array(inline.slice().buffer));
  });
});
