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
import { exampleInput } from '../../src/task/example-input.js';
import type { TensorInput } from '../../src/task/task.js';
import { pixelInput } from '../support/inputs.js';
import { onnxFile, type OnnxConstant, type OnnxNode } from '../support/onnx-file.js';
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

/** Opens a quick model: where the machine does other things it may take some tries to see that. */
async function openQuick(
  source: ModelSource,
  isSeen: (measured: MeasuredRunner) => boolean = isRunQuick,
): Promise<MeasuredRunner> {
  for (let tries = 1; ; tries++) {
    const measured = await open(source);
    if (isSeen(measured) || tries === 20) return measured;
  }
}
const isRunQuick = ({ runMs }: MeasuredRunner): boolean => runMs <= inlineRunMsMax;
const isInline = ({ runner }: MeasuredRunner): boolean => runner.kind === 'inline';

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

const floatsInput: TensorInput = {
  kind: 'tensor',
  tensors: [{ name: 'input', dtype: 'float32', shape: [null] }],
};
const openModel = (constants: readonly OnnxConstant[], nodes: readonly OnnxNode[]): Uint8Array =>
  onnxFile({
    inputs: [{ name: 'input', dtype: 'float32', shape: ['batch', 'n'] }],
    outputs: [{ name: 'logits', dtype: 'float32', shape: ['batch', 2] }],
    constants: [
      { name: 'one', data: BigInt64Array.of(1n), shape: [1] },
      { name: 'two', data: BigInt64Array.of(2n), shape: [1] },
      { name: 'weights', data: Float32Array.of(1, -1), shape: [1, 2] },
      ...constants,
    ],
    nodes,
  });

/** Looks at all pairs of the n numbers of a row, as attention does. */
const pairsModel = (): Uint8Array =>
  openModel(
    [{ name: 'both', data: BigInt64Array.of(1n, 2n), shape: [2] }],
    [
      { op: 'Unsqueeze', inputs: ['input', 'one'], outputs: ['across'] },
      { op: 'Unsqueeze', inputs: ['input', 'two'], outputs: ['down'] },
      { op: 'Mul', inputs: ['across', 'down'], outputs: ['pairs'] },
      { op: 'ReduceSum', inputs: ['pairs', 'both'], outputs: ['sums'], ints: { keepdims: 0 } },
      { op: 'Unsqueeze', inputs: ['sums', 'one'], outputs: ['column'] },
      { op: 'MatMul', inputs: ['column', 'weights'], outputs: ['logits'] },
    ],
  );

/** Adds learnt numbers by position, of which there are so many. */
const positionsModel = (positions: number): Uint8Array =>
  openModel(
    [
      { name: 'positions', data: new Float32Array(positions), shape: [positions] },
      { name: 'start', data: BigInt64Array.of(0n), shape: [] },
      { name: 'step', data: BigInt64Array.of(1n), shape: [] },
      { name: 'axis', data: BigInt64Array.of(1n), shape: [] },
    ],
    [
      { op: 'Shape', inputs: ['input'], outputs: ['shape'] },
      { op: 'Gather', inputs: ['shape', 'axis'], outputs: ['length'], ints: { axis: 0 } },
      { op: 'Range', inputs: ['start', 'length', 'step'], outputs: ['places'] },
      { op: 'Gather', inputs: ['positions', 'places'], outputs: ['learnt'], ints: { axis: 0 } },
      { op: 'Add', inputs: ['input', 'learnt'], outputs: ['placed'] },
      { op: 'ReduceSum', inputs: ['placed', 'one'], outputs: ['column'] },
      { op: 'MatMul', inputs: ['column', 'weights'], outputs: ['logits'] },
    ],
  );

describe('openRunner', () => {
  it('keeps a model of a few microseconds on the event loop, and says what runs cost', async () => {
    const { runner, runMs, curve, batching, rowsMin } = await openQuick(tinySource(), isInline);
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
    const short = await openQuick(textSource(100), isInline);
    const long = await openQuick(textSource(100_000));
    const results = await long.runner.run([Buffer.from('hello world')]);

    assert.equal(short.runner.kind, 'inline');
    // Its typical input is as quick; the longest one would hold the event loop.
    assert.ok(long.runMs <= inlineRunMsMax, `took ${long.runMs} ms`);
    assert.ok(long.largestMs! > inlineRunMsMax, `took ${long.largestMs} ms`);
    assert.equal(long.runner.kind, 'worker');
    assert.equal((results[0] as Float32Array).length, 2);
  });

  it('puts a model of open axes into a thread, which is quick only on short rows', async () => {
    const { runner, runMs, largestMs } = await openQuick(tensorSource(pairsModel(), floatsInput));
    const [result] = await runner.run([exampleInput(floatsInput)]);

    assert.ok(runMs <= inlineRunMsMax, `took ${runMs} ms`);
    assert.ok(largestMs! > inlineRunMsMax, `took ${largestMs} ms`);
    assert.equal(runner.kind, 'worker');
    assert.equal((result as Float32Array).length, 2);
  });

  it('loads a model that can not run the largest input, but not on the event loop', async () => {
    const source = tensorSource(positionsModel(64), floatsInput);
    const { runner, runMs, largestMs } = await openQuick(source);

    assert.ok(runMs <= inlineRunMsMax, `took ${runMs} ms`);
    assert.equal(largestMs, null);
    assert.equal(runner.kind, 'worker');
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
