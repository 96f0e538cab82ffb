import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import { InvalidBundleError, InvalidModelOutputError } from '../../src/errors.js';
import { openInlineRunner } from '../../src/model/inline-runner.js';
import type { ModelRunner, ModelSource } from '../../src/model/model-runner.js';
import { openWorkerRunner } from '../../src/model/worker-runner.js';
import * as op from '../../src/onnx/operators.js';
import { imageInput, pixelInput } from '../support/inputs.js';
import { seededDraw } from '../support/seeded-draw.js';
import { modelOf, slowModel, tinyModel, tinySource } from '../support/tiny-model.js';

/** Closed also when a test fails: an open thread would keep the process up. */
const opened: ModelRunner[] = [];
after(() => Promise.all(opened.map((runner) => runner.close())));
const tracked =
  (open: (source: ModelSource) => Promise<ModelRunner>) => async (source: ModelSource) => {
    const runner = await open(source);
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
const black = pixelInput(0, 0, 0);

for (const [kind, open] of Object.entries(openers)) {
  describe(`the ${kind} runner`, () => {
    it('runs rows and says what it is', () =>
      withRunner(open(tinySource()), async (runner) => {
        const results = await runner.run([black, pixelInput(1, 2, 3)]);

        assert.equal(runner.kind, kind);
        assert.deepEqual(results, [Float32Array.of(10, 20), Float32Array.of(24, 14)]);
      }));

    it('answers many runs at once, each its own', () =>
      withRunner(open(tinySource()), async (runner) => {
        const markers = Array.from({ length: 50 }, (_, k) => k);

        const results = await Promise.all(
          markers.map((marker) => runner.run([pixelInput(marker, 0, 0)])),
        );

        assert.deepEqual(
          results,
          markers.map((marker) => [Float32Array.of(marker + 10, 20 - marker)]),
        );
      }));

    it('keeps an output as it is while later runs go on', () =>
      withRunner(open(tinySource()), async (runner) => {
        const [first] = await runner.run([pixelInput(1, 1, 1)]);
        for (let k = 0; k < 20; k++) await runner.run([pixelInput(k, k, k)]);

        assert.deepEqual(first, Float32Array.of(16, 17));
      }));

    it('leaves the inputs of its caller as they were', () =>
      withRunner(open(tinySource()), async (runner) => {
        const input = pixelInput(1, 2, 3);

        await runner.run([input, input]);

        assert.deepEqual(input, pixelInput(1, 2, 3));
      }));

    it('fails a row that can not be prepared alone, with its own error', () =>
      withRunner(open(tinySource()), async (runner) => {
        const [one, short, two] = await runner.run([black, pixelInput(1), black]);

        assert.ok(short instanceof Error);
        assert.match(short.message, /An image of 3 numbers can not have 4 bytes/);
        assert.deepEqual([one, two], [Float32Array.of(10, 20), Float32Array.of(10, 20)]);
      }));

    it('refuses an output of as many numbers that is no matrix of rows', () => {
      const transposed = modelOf((graph, x) => {
        const six = graph.constant(new Float32Array(6).fill(1), [3, 2]);
        return op.transpose(graph, op.matMul(graph, x, six), [1, 0]);
      });

      return withRunner(open(tinySource(transposed)), async (runner) => {
        const results = await runner.run([black, black, black]);

        // Two of the rows alone would give a square, which looks right.
        assert.equal(results.length, 3);
        for (const result of results) {
          assert.ok(result instanceof InvalidModelOutputError);
          assert.match(
            result.message,
            /^The model gave float32 \[2,3\] as logits, expected float32 \[3,2\]\.$/,
          );
        }
      });
    });

    it('ends the runs that were asked for before it is closed, and takes no more', async () => {
      const runner = await open(tinySource(slowModel(400)));
      const runs = Array.from({ length: 5 }, () => runner.run([black]));

      const closed = Promise.all([runner.close(), runner.close()]);

      for (const results of await Promise.all(runs)) assert.ok(results[0] instanceof Float32Array);
      await closed;
      await runner.close();
      const late = await runner.run([black]).catch((error: unknown) => [error]);
      assert.ok(late[0] instanceof InvalidModelOutputError, String(late[0]));
    });

    it('refuses bytes that are no model', async () => {
      const cut = tinyModel().slice(0, 60);

      for (const model of [cut, new Uint8Array(0), Buffer.from('not a model')])
        await assert.rejects(open(tinySource(model)), InvalidBundleError);
    });

    it('refuses an operator that ONNX Runtime does not know, and names it', async () => {
      const model = modelOf((graph, x) => graph.apply('Enlighten', [x], ['batch', 2]));

      await assert.rejects(open(tinySource(model)), (error) => {
        assert.ok(error instanceof InvalidBundleError);
        assert.match(error.message, /cannot load the model: .*Enlighten/s);
        assert.match(error.message, /export it with standard operators only/);
        return true;
      });
    });

    it('refuses a model whose tensors have other names than its manifest says', async () => {
      const { manifest } = tinySource();
      for (const wrong of [{ inputName: 'pixels' }, { outputName: 'scores' }]) {
        const source = tinySource(tinyModel(), { model: { ...manifest.model, ...wrong } });
        await assert.rejects(open(source), (error) => {
          assert.ok(error instanceof InvalidBundleError);
          assert.match(
            error.message,
            /has no (input "pixels". Its inputs: input f|output "scores". Its outputs: logits f)/,
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
    const source = tinySource(model, {
      input: { kind: 'image', width: 8, height: 8, channels: 1 },
      labels: Array.from({ length: 32 }, (_, label) => `label-${label}`),
    });
    const inputs = Array.from({ length: 7 }, () =>
      imageInput(Float32Array.from({ length: 64 }, draw)),
    );

    const run = (runner: ModelRunner) => runner.run(inputs);
    const inline = await withRunner(openInlineRunner(source), run);
    const worker = await withRunner(openWorkerRunner(source), run);

    const bits = (results: typeof inline): Uint32Array[] =>
      results.map((result) => new Uint32Array((result as Float32Array).slice().buffer));
    assert.equal(inline.length, 7);
    assert.deepEqual(bits(worker), bits(inline));
  });
});
