import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import { InvalidBundleError, InvalidModelOutputError } from '../../src/errors.js';
import {
  inlineRunMsMax,
  openRunner,
  type MeasuredRunner,
  type OpenRunnerOptions,
} from '../../src/model/open-runner.js';
import type { ModelSource } from '../../src/model/model-runner.js';
import * as op from '../../src/onnx/operators.js';
import { pixelInput } from '../support/inputs.js';
import { idsOf, tensorSource } from '../support/tensor-input.js';
import { modelOf, slowModel, tinyModel, tinySource } from '../support/tiny-model.js';
import { coupledModel, idsModel } from '../support/typed-model.js';

/** Closed also when a test fails: an open thread would keep the process up. */
const opened: MeasuredRunner[] = [];
after(() => Promise.all(opened.map(({ runner }) => runner.close())));

async function open(source: ModelSource, changes: Partial<OpenRunnerOptions> = {}) {
  const measured = await openRunner(source, { runRowsMax: 8, lanes: 1, inputs: [], ...changes });
  opened.push(measured);
  return measured;
}

/** A model of 16 buckets of words: 16 x 2 multiply-adds, whatever the text. */
const textSource = (charsMax: number): ModelSource =>
  tinySource(
    modelOf((graph, x) => op.matMul(graph, x, graph.constant(new Float32Array(32), [16, 2])), 16),
    {
      input: { kind: 'text', charsMax },
      preprocess: {
        kind: 'hashed-ngrams',
        buckets: 16,
        words: [1, 2],
        characters: [2, 4],
        isLowerCased: true,
        form: { kind: 'dense', input: 'input' },
      },
    },
  );

describe('openRunner', () => {
  it('keeps a model of a few microseconds on the event loop, and says what runs cost', async () => {
    const { runner, runMs, curve, batching, rowsMin } = await open(tinySource());
    const results = await runner.run([pixelInput(1, 2, 3)]);
    await runner.close();

    assert.equal(runner.kind, 'inline');
    assert.ok(runMs > 0 && runMs <= inlineRunMsMax, `took ${runMs} ms`);
    assert.deepEqual(results, [Float32Array.of(24, 14)]);
    assert.deepEqual(
      curve.map(({ rows }) => rows),
      [1, 2, 4, 8],
    );
    assert.equal(runMs, curve[0]!.ms);
    assert.deepEqual([batching, rowsMin], ['exact', 1]);
  });

  it('puts a slow model into threads of its own, as many as it has lanes', async () => {
    // 9 million multiply-adds: over 1 ms on any machine, for the memory alone.
    const { runner, runMs } = await open(tinySource(slowModel(3000)), { lanes: 2 });
    const results = await Promise.all([1, 2].map(() => runner.run([pixelInput(1, 2, 3)])));
    await runner.close();

    assert.equal(runner.kind, 'worker');
    assert.equal(runner.lanes, 2);
    assert.ok(runMs > inlineRunMsMax, `took ${runMs} ms`);
    for (const [result] of results) assert.equal((result as Float32Array).length, 2);
  });

  it('puts a quick model of long texts, whose preprocessing is slow, into a thread', async () => {
    const short = await open(textSource(100));
    const long = await open(textSource(100_000));
    const results = await long.runner.run([Buffer.from('hello world')]);

    assert.equal(short.runner.kind, 'inline');
    // Its typical input is as quick; the longest one would hold the event loop.
    assert.ok(long.runMs <= inlineRunMsMax, `took ${long.runMs} ms`);
    assert.ok(long.prepareMsMax > inlineRunMsMax, `took ${long.prepareMsMax} ms`);
    assert.equal(long.runner.kind, 'worker');
    assert.equal((results[0] as Float32Array).length, 2);
  });

  it('says that the rows of a run disturb each other', async () => {
    const { batching, curve } = await open(tinySource(coupledModel()));

    assert.equal(batching, 'coupled');
    assert.equal(curve.length, 1);
  });

  it('refuses a model that does not load, or gives another shape', async () => {
    await assert.rejects(open(tinySource(new Uint8Array(9))), InvalidBundleError);
    const five = tinySource(tinyModel(), { labels: ['a', 'b', 'c', 'd', 'e'] });
    await assert.rejects(open(five), (error) => {
      assert.ok(error instanceof InvalidBundleError);
      assert.match(error.message, /logits float32 \[\?,2\] does not hold \[batch, 5\]/);
      return true;
    });
  });

  it('refuses a model that can not run its inputs', async () => {
    const source = tensorSource(idsModel());
    const { runner } = await open(source, { inputs: [idsOf(1, 2)] });
    assert.deepEqual(await runner.run([idsOf(1, 2)]), [Float32Array.of(30, 0.75)]);

    await assert.rejects(open(source, { inputs: [idsOf(99)] }), (error) => {
      assert.ok(error instanceof InvalidModelOutputError);
      assert.match(error.message, /The model cannot run: .*out of/s);
      return true;
    });
  });
});
