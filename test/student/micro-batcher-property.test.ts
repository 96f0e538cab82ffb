import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { createMicroBatcher } from '../../src/student/micro-batcher.js';
import { FakeRunner } from '../fakes/fake-runner.js';

const shape = { inputName: 'input', outputName: 'logits', inputSize: 2, outputSize: 3 };

/** A model whose answer tells its row apart from every other. */
function mark(input: Float32Array): Float32Array {
  const rows = input.length / 2;
  return Float32Array.from({ length: rows * 3 }, (_, k) => {
    const [marker, mate] = input.subarray(2 * Math.floor(k / 3), 2 * Math.floor(k / 3) + 2);
    return marker! * 8 + mate! + (k % 3);
  });
}

/** Requests by their number of rows; before each, some turns of the loop and ended runs. */
const story = fc.array(
  fc.record({
    rows: fc.integer({ min: 0, max: 12 }),
    turnsBefore: fc.integer({ min: 0, max: 3 }),
    endsRunBefore: fc.boolean(),
  }),
  { minLength: 1, maxLength: 15 },
);

describe('any interleaving of requests', () => {
  it('gets what one by one would get, byte for byte, in runs within the limit', async () => {
    await fc.assert(
      fc.asyncProperty(story, fc.integer({ min: 1, max: 6 }), async (requests, runRowsMax) => {
        const runner = new FakeRunner({ held: mark });
        const batcher = createMicroBatcher(runner, shape, { runRowsMax, queueRowsMax: 1000 });
        let ended = 0;
        const endOneRun = (): void => runner.runs[ended++]!.finish();
        let marker = 0;
        const batches: Float32Array[][] = [];
        const answers: Promise<readonly Float32Array[]>[] = [];

        for (const { rows, turnsBefore, endsRunBefore } of requests) {
          for (let turn = 0; turn < turnsBefore; turn++) await new Promise(setImmediate);
          if (endsRunBefore && ended < runner.runs.length) endOneRun();
          const batch = Array.from({ length: rows }, () => Float32Array.of(++marker, rows));
          batches.push(batch);
          answers.push(batcher.predict(batch));
        }
        const idle = new AbortController();
        void batcher.idle().then(() => idle.abort());
        while (!idle.signal.aborted) {
          if (ended < runner.runs.length) endOneRun();
          await new Promise(setImmediate);
        }

        const alone = batches.map((batch) => batch.map((row) => mark(row)));
        assert.deepEqual(await Promise.all(answers), alone);
        assert.ok(runner.runs.every(({ rows }) => rows >= 1 && rows <= runRowsMax));
        const runRows = runner.runs.reduce((total, { rows }) => total + rows, 0);
        assert.equal(runRows, marker); // No row ran twice.
      }),
      { numRuns: 200, seed: 20_261_125 },
    );
  });
});
