import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import fc from 'fast-check';
import { intentWords, writeEncoderBundle } from '../../loadtest/encoder/encoder-bundle.js';
import { tinyEncoder } from '../../loadtest/encoder/encoder-graph.js';
import { makeTexts } from '../../loadtest/encoder/word-piece.js';
import { repositoryRoot } from '../../src/files/repository-root.js';
import { openInlineRunner } from '../../src/model/inline-runner.js';
import type { ModelRunner, RowResult } from '../../src/model/model-runner.js';
import { openRunner } from '../../src/model/open-runner.js';
import { openWorkerRunner } from '../../src/model/worker-runner.js';
import { readBundle } from '../../src/registry/read-bundle.js';
import { createMicroBatcher } from '../../src/student/micro-batcher.js';
import { openOnnxStudent } from '../../src/student/onnx-student.js';
import { exampleInput } from '../../src/task/example-input.js';
import type { Input } from '../../src/task/task.js';
import { encodeText } from '../../src/task/text-codec.js';
import { FakeRunner } from '../fakes/fake-runner.js';
import { floatsOf, pixelInput } from '../support/inputs.js';
import { temporaryDirectory } from '../support/temporary-directory.js';
import { idsOf, tensorSource } from '../support/tensor-input.js';
import { idsModel, rowKernelSource } from '../support/typed-model.js';

/** A model whose answer tells its row apart from every other. */
const mark = ([marker, mate]: Float32Array): Float32Array =>
  Float32Array.from({ length: 3 }, (_, k) => marker! * 8 + mate! + k);

/** Requests by their number of rows; before each, some turns of the loop and ended runs. */
const story = fc.array(
  fc.record({
    rows: fc.integer({ min: 0, max: 12 }),
    turnsBefore: fc.integer({ min: 0, max: 3 }),
    endsRunBefore: fc.boolean(),
  }),
  { minLength: 1, maxLength: 15 },
);
const runRowsMax = fc.integer({ min: 1, max: 6 });
const seed = 20_261_125;

describe('any interleaving of requests', () => {
  it('gets what one by one would get, byte for byte, in runs within the limit', async () => {
    const lanes = fc.integer({ min: 1, max: 3 });
    await fc.assert(
      fc.asyncProperty(story, runRowsMax, lanes, async (requests, rowsMax, laneCount) => {
        const runner = new FakeRunner({ held: (pixels) => mark(pixels) }, laneCount);
        const batcher = createMicroBatcher(runner, {
          runRowsMax: () => rowsMax,
          queueRowsMax: 1000,
        });
        let ended = 0;
        const endOneRun = (): void => runner.runs[ended++]!.finish();
        let marker = 0;
        const batches: Input[][] = [];
        const answers: Promise<readonly Float32Array[]>[] = [];

        for (const { rows, turnsBefore, endsRunBefore } of requests) {
          for (let turn = 0; turn < turnsBefore; turn++) await new Promise(setImmediate);
          if (endsRunBefore && ended < runner.runs.length) endOneRun();
          const batch = Array.from({ length: rows }, () => pixelInput(++marker, rows));
          batches.push(batch);
          answers.push(batcher.predict(batch));
          assert.ok(runner.runs.length - ended <= laneCount);
        }
        const idle = new AbortController();
        void batcher.idle().then(() => idle.abort());
        while (!idle.signal.aborted) {
          if (ended < runner.runs.length) endOneRun();
          await new Promise(setImmediate);
        }

        const alone = batches.map((batch) => batch.map((input) => mark(floatsOf(input))));
        assert.deepEqual(await Promise.all(answers), alone);
        assert.ok(runner.runs.every(({ rows }) => rows.length >= 1 && rows.length <= rowsMax));
        const runRows = runner.runs.reduce((total, { rows }) => total + rows.length, 0);
        assert.equal(runRows, marker); // No row ran twice.
      }),
      { numRuns: 200, seed },
    );
  });
});

/** Closed also when a test fails: an open thread would keep the process up. */
const opened: { close(): Promise<void> }[] = [];
after(() => Promise.all(opened.map((one) => one.close())));
function tracked<T extends { close(): Promise<void> }>(one: T): T {
  opened.push(one);
  return one;
}

/** Requests by which inputs they have, all of them taken from a list of `inputCount`. */
const requestsOf = (inputCount: number) =>
  fc.array(
    fc.record({
      picks: fc.array(fc.nat({ max: inputCount - 1 }), { minLength: 1, maxLength: 9 }),
      turnsBefore: fc.integer({ min: 0, max: 2 }),
    }),
    { minLength: 1, maxLength: 12 },
  );

type Predict = (inputs: readonly Input[]) => Promise<readonly Float32Array[]>;

/** @param predictWith  the way that is tested, with so many rows in a run. */
async function assertSameAsAlone(
  inputs: readonly Input[],
  alone: readonly Float32Array[],
  predictWith: (rowsMax: number) => Predict,
): Promise<void> {
  const property = fc.asyncProperty(
    requestsOf(inputs.length),
    fc.integer({ min: 1, max: 16 }),
    async (requests, rowsMax) => {
      const predict = predictWith(rowsMax);
      const answers: Promise<readonly Float32Array[]>[] = [];
      for (const { picks, turnsBefore } of requests) {
        for (let turn = 0; turn < turnsBefore; turn++) await new Promise(setImmediate);
        answers.push(predict(picks.map((pick) => inputs[pick]!)));
      }

      const expected = requests.map(({ picks }) => picks.map((pick) => bitsOf(alone[pick]!)));
      const got = (await Promise.all(answers)).map((rows) => rows.map(bitsOf));
      assert.deepEqual(got, expected);
    },
  );
  await fc.assert(property, { numRuns: 100, seed });
}
const bitsOf = (scores: Float32Array): Uint32Array => new Uint32Array(scores.slice().buffer);

async function oneByOne(runner: Pick<ModelRunner, 'run'>, inputs: readonly Input[]) {
  const results: RowResult[] = [];
  for (const input of inputs) results.push(...(await runner.run([input])));
  return results.map((result) => {
    assert.ok(result instanceof Float32Array, String(result));
    return result;
  });
}

const batched =
  (runner: ModelRunner) =>
  (rowsMax: number): Predict => {
    const limits = { runRowsMax: () => rowsMax, queueRowsMax: 1000 };
    const batcher = createMicroBatcher(runner, limits);
    return (inputs) => batcher.predict(inputs);
  };
const differing = (rows: readonly Float32Array[]): number =>
  new Set(rows.map((scores) => scores.join())).size;

describe('any interleaving of requests to a real model', () => {
  it('gets from the digits student, byte for byte, what each row gets alone', async () => {
    const bundle = await readBundle(join(repositoryRoot(), 'models', 'digits', 'student'));
    const inputs = Array.from({ length: 24 }, (_, k) =>
      exampleInput(bundle.manifest.input, { seed: k }),
    );
    const student = tracked(await openOnnxStudent(bundle, { inputs }));
    const alone: Float32Array[] = [];
    for (const input of inputs) alone.push(...(await student.predict([input])));

    assert.equal(student.batching, 'exact');
    assert.ok(differing(alone) > 20); // A mix-up would be seen.
    await assertSameAsAlone(inputs, alone, () => (rows) => student.predict(rows));
    const source = { ...bundle, provider: 'cpu' } as const;
    const worker = tracked(await openWorkerRunner(source, { lanes: 2 }));
    await assertSameAsAlone(inputs, alone, batched(worker));
  });

  it('gets its own scores also where rows of several lengths can not share a run', async () => {
    const inputs = [...lists(3)].map((ids) => idsOf(...ids));
    const source = tensorSource(idsModel());
    const inline = tracked(await openInlineRunner(source));
    const worker = tracked(await openWorkerRunner(source, { lanes: 2 }));
    const alone = await oneByOne(inline, inputs);

    assert.ok(differing(alone) > 20);
    await assertSameAsAlone(inputs, alone, batched(inline));
    await assertSameAsAlone(inputs, alone, batched(worker));
  });

  it('gets the same bits where one row alone takes another kernel', async (test) => {
    const source = rowKernelSource();
    const inputs = Array.from({ length: 24 }, (_, k) =>
      exampleInput(source.manifest.input, { seed: k }),
    );
    const options = { runRowsMax: 16, lanes: 1, inputs };
    const { runner, rowsMin, batching } = await openRunner(source, options);
    tracked(runner);
    if (rowsMin === 1) return void test.skip('this processor has no other kernel for one row');

    const alone = await oneByOne(runner, inputs);
    assert.equal(batching, 'exact');
    await assertSameAsAlone(inputs, alone, batched(runner));
    const unfilled = tracked(await openInlineRunner(source, 1));
    const roundedOtherwise = await oneByOne(unfilled, inputs);
    assert.notDeepEqual(roundedOtherwise.map(bitsOf), alone.map(bitsOf)); // It had to be filled.
  });

  it('gets the same bits from an encoder in several threads', async () => {
    const dir = temporaryDirectory();
    await writeEncoderBundle(dir, { ...tinyEncoder, layers: 4, seed: 1 });
    const source = { ...(await readBundle(dir)), provider: 'cpu' } as const;
    const words = { count: 24, wordsMin: 10, wordsMax: 14, seed: 1 };
    const inputs = makeTexts(intentWords(), words).map(encodeText);
    const options = { runRowsMax: 16, lanes: 2, inputs };
    const { runner, batching } = await openRunner(source, options);
    tracked(runner);

    const alone = await oneByOne(runner, inputs);
    assert.equal(batching, 'exact');
    assert.ok(differing(alone) > 20);
    await assertSameAsAlone(inputs, alone, batched(runner));
  });
});

/** All lists of ids of up to this length. */
function* lists(lengthMax: number): Generator<readonly number[]> {
  for (let length = 1; length <= lengthMax; length++)
    for (let code = 0; code < 4 ** length; code++)
      yield Array.from({ length }, (_, place) => Math.floor(code / 4 ** place) % 4);
}
