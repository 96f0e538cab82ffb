import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  CancelledError,
  InvalidInputError,
  InvalidModelOutputError,
  OverloadedError,
} from '../../src/errors.js';
import { createMicroBatcher, type BatcherLimits } from '../../src/student/micro-batcher.js';
import type { Input } from '../../src/task/task.js';
import { FakeRunner, plusOne } from '../fakes/fake-runner.js';
import { pixelInput } from '../support/inputs.js';

/** Rows of two values in, rows of two values out. */
const limits: BatcherLimits = { runRowsMax: () => 4, queueRowsMax: 10 };
const row = (marker: number): Input => pixelInput(marker, -marker);
const answerTo = (marker: number): Float32Array => Float32Array.of(marker + 1, 1 - marker);

function heldBatcher(changes: Partial<BatcherLimits> = {}) {
  const runner = new FakeRunner();
  return { runner, batcher: createMicroBatcher(runner, { ...limits, ...changes }) };
}
/** Lets the batcher start a run, or everything that follows from one that has ended. */
async function turn(): Promise<void> {
  await new Promise(setImmediate);
  await new Promise(setImmediate);
}
/** Markers of the rows in each run so far. */
const markersOf = (runner: FakeRunner): number[][] =>
  runner.runs.map(({ rows }) => rows.map(([marker]) => marker!));

describe('a micro-batcher', () => {
  it('runs requests of one moment together, and gives each its own rows', async () => {
    const { runner, batcher } = heldBatcher();
    const answers = [batcher.predict([row(1)]), batcher.predict([row(2), row(3)])];
    await turn();

    runner.runs[0]!.finish();

    assert.deepEqual(await Promise.all(answers), [[answerTo(1)], [answerTo(2), answerTo(3)]]);
    assert.deepEqual(markersOf(runner), [[1, 2, 3]]);
  });

  it('does not let a lone request wait for company', async () => {
    const { runner, batcher } = heldBatcher();
    void batcher.predict([row(1)]);

    await turn();

    assert.equal(runner.runs.length, 1);
    runner.runs[0]!.finish();
  });

  it('gathers what arrives during a run into the next one', async () => {
    const { runner, batcher } = heldBatcher();
    const first = batcher.predict([row(1)]);
    await turn();
    const others = [2, 3].map((marker) => batcher.predict([row(marker)]));
    await turn();
    assert.equal(runner.runs.length, 1); // One run at a time.

    runner.runs[0]!.finish();
    await first;
    await turn();
    runner.runs[1]!.finish();

    await Promise.all(others);
    assert.deepEqual(markersOf(runner), [[1], [2, 3]]);
  });

  it('never runs more rows at once than its limit, in the order of arrival', async () => {
    const runner = new FakeRunner(plusOne);
    const batcher = createMicroBatcher(runner, limits);
    const requests = [[1, 2, 3], [4, 5], [6], [7, 8, 9, 10]];

    const answers = await Promise.all(requests.map((markers) => batcher.predict(markers.map(row))));

    assert.deepEqual(markersOf(runner), [
      [1, 2, 3],
      [4, 5, 6],
      [7, 8, 9, 10],
    ]);
    assert.deepEqual(
      answers,
      requests.map((markers) => markers.map(answerTo)),
    );
  });

  it('cuts a request that is larger than a run, and puts it together again', async () => {
    const runner = new FakeRunner(plusOne);
    const batcher = createMicroBatcher(runner, limits);
    const markers = [1, 2, 3, 4, 5, 6, 7, 8, 9];

    const [answers, other] = await Promise.all([
      batcher.predict(markers.map(row)),
      batcher.predict([row(10)]),
    ]);

    assert.deepEqual(answers, markers.map(answerTo));
    assert.deepEqual(other, [answerTo(10)]);
    assert.deepEqual(
      runner.runs.map(({ rows }) => rows.length),
      [4, 4, 2],
    );
  });

  it('gives nothing for no rows', async () => {
    const { runner, batcher } = heldBatcher();

    assert.deepEqual(await batcher.predict([]), []);
    assert.equal(runner.runs.length, 0);
  });

  for (const bad of [NaN, Infinity, -Infinity]) {
    it(`fails the request whose row came back with ${bad}, and no other`, async () => {
      const spoil = (pixels: Float32Array) =>
        plusOne(pixels).map((value) => (value === 4 ? bad : value)); // Marker 3.
      const batcher = createMicroBatcher(new FakeRunner(spoil), limits);

      const [good, spoilt] = await Promise.allSettled([
        batcher.predict([row(1)]),
        batcher.predict([row(2), row(3)]),
      ]);

      assert.deepEqual(good, { status: 'fulfilled', value: [answerTo(1)] });
      assert.ok(spoilt.status === 'rejected');
      assert.ok(spoilt.reason instanceof InvalidModelOutputError);
      assert.match(spoilt.reason.message, /not finite, row 1\./);
    });
  }

  it('names the bad row of a request that was cut', async () => {
    const spoil = (pixels: Float32Array) => pixels.map((value) => (value === 6 ? NaN : value));
    const batcher = createMicroBatcher(new FakeRunner(spoil), limits);

    const answers = batcher.predict([1, 2, 3, 4, 5, 6].map(row));

    await assert.rejects(answers, /not finite, row 5\./);
  });

  it('drops rows whose caller gave up before their run, without running them', async () => {
    const { runner, batcher } = heldBatcher();
    const first = batcher.predict([row(1)]);
    await turn();
    const caller = new AbortController();
    const dropped = batcher.predict([row(2)], caller.signal);
    const kept = batcher.predict([row(3)]);

    caller.abort();
    runner.runs[0]!.finish();
    await first;
    await assert.rejects(dropped, {
      name: 'CancelledError',
      message: /the timeoutMs of this request had passed\. Raise it/,
    });
    await turn();
    runner.runs[1]!.finish();

    assert.deepEqual(await kept, [answerTo(3)]);
    assert.deepEqual(markersOf(runner), [[1], [3]]);
  });

  it('runs nothing when everyone gave up', async () => {
    const { runner, batcher } = heldBatcher();

    const dropped = batcher.predict([row(1)], AbortSignal.abort());

    await assert.rejects(dropped, CancelledError);
    await batcher.idle();
    assert.equal(runner.runs.length, 0);
  });

  it('refuses rows past its queue, tells how many wait, and takes more later', async () => {
    const { runner, batcher } = heldBatcher();
    const running = batcher.predict([row(0)]);
    await turn(); // Running rows wait no more.
    const waiting = [4, 4, 2].map((count) => batcher.predict(new Array(count).fill(row(1))));

    const refused = batcher.predict([row(9)]);

    await assert.rejects(refused, (error) => {
      assert.ok(error instanceof OverloadedError);
      assert.deepEqual(error.details, { queuedRows: 10, retryAfterSeconds: 1 });
      return true;
    });
    for (let run = 0; run < 4; run++) {
      runner.runs[run]!.finish();
      await turn();
    }
    await Promise.all([running, ...waiting]);
    const taken = batcher.predict([row(5)]);
    await turn();
    runner.runs[4]!.finish();
    assert.deepEqual(await taken, [answerTo(5)]);
  });

  it('rejects every request of a run that failed, and goes on', async () => {
    const { runner, batcher } = heldBatcher();
    const failing = [batcher.predict([row(1)]), batcher.predict([row(2)])];
    await turn();
    const failure = new InvalidModelOutputError('The model thread has ended.');

    runner.runs[0]!.fail(failure);

    for (const answer of failing) await assert.rejects(answer, failure);
    const next = batcher.predict([row(3)]);
    await turn();
    runner.runs[1]!.finish();
    assert.deepEqual(await next, [answerTo(3)]);
  });

  it('fails the request whose row the runner refuses, with that error, and no other', async () => {
    const refusal = new InvalidInputError('The text is empty.');
    const runner = new FakeRunner((pixels) => (pixels[0] === 2 ? refusal : plusOne(pixels)));
    const batcher = createMicroBatcher(runner, limits);

    const [good, bad, other] = await Promise.allSettled([
      batcher.predict([row(1)]),
      batcher.predict([row(3), row(2)]),
      batcher.predict([row(4)]),
    ]);

    assert.deepEqual(bad, { status: 'rejected', reason: refusal });
    assert.deepEqual(good, { status: 'fulfilled', value: [answerTo(1)] });
    assert.deepEqual(other, { status: 'fulfilled', value: [answerTo(4)] });
    assert.equal(runner.runs.length, 1);
  });

  it('asks for the size of each run, and lets one through that is larger by now', async () => {
    let rowsMax = 4;
    const { runner, batcher } = heldBatcher({ runRowsMax: () => rowsMax });
    const first = batcher.predict([row(1)]);
    await turn();
    const others = [[2, 3, 4], [5, 6], [7]].map((markers) => batcher.predict(markers.map(row)));

    rowsMax = 2;
    for (let run = 0; run < 4; run++) {
      runner.runs[run]!.finish();
      await turn();
    }

    await Promise.all([first, ...others]);
    assert.deepEqual(markersOf(runner), [[1], [2, 3, 4], [5, 6], [7]]);
  });

  it('keeps every lane of its runner at work, and no more', async () => {
    const runner = new FakeRunner({ held: plusOne }, 2);
    const batcher = createMicroBatcher(runner, { ...limits, runRowsMax: () => 1 });
    const answers = [1, 2, 3].map((marker) => batcher.predict([row(marker)]));
    await turn();
    assert.deepEqual(markersOf(runner), [[1], [2]]);

    runner.runs[1]!.finish(); // The second lane is free first, and takes the third row.
    await turn();
    assert.deepEqual(markersOf(runner), [[1], [2], [3]]);
    runner.runs[2]!.finish();
    runner.runs[0]!.finish();

    assert.deepEqual(await Promise.all(answers), [[answerTo(1)], [answerTo(2)], [answerTo(3)]]);
  });

  it('tells the rows of each run that has ended and how long the model worked', async () => {
    const told: { rows: number; ms: number }[] = [];
    const onRun = (rows: number, ms: number): number => told.push({ rows, ms });
    const { runner, batcher } = heldBatcher({ onRun });
    runner.runMs = 7;
    const answers = batcher.predict([1, 2, 3].map(row));
    await turn();
    assert.equal(told.length, 0);
    runner.runs[0]!.finish();
    await answers;
    const failing = batcher.predict([row(4)]);
    await turn();
    runner.runs[1]!.fail(new InvalidModelOutputError('The model thread has ended.'));
    await assert.rejects(failing);

    assert.deepEqual(told, [{ rows: 3, ms: 7 }]);
  });

  it('runs all that waits in one turn of the loop, but for a pause after much work', async () => {
    let nowMs = 0;
    const runner = new FakeRunner((pixels) => {
      nowMs += 2; // So three runs are work enough for a turn.
      return plusOne(pixels);
    });
    const batcher = createMicroBatcher(runner, {
      ...{ ...limits, runRowsMax: () => 1 },
      nowMs: () => nowMs,
    });
    const answers = [1, 2, 3, 4].map((marker) => batcher.predict([row(marker)]));

    const runsByTurn: number[] = [];
    for (let k = 0; k < 3; k++) {
      await new Promise(setImmediate);
      runsByTurn.push(runner.runs.length);
    }

    assert.deepEqual(
      await Promise.all(answers),
      [1, 2, 3, 4].map((marker) => [answerTo(marker)]),
    );
    assert.deepEqual(runsByTurn.slice(0, 2), [3, 4]);
  });

  it('says how many rows wait, those of a caller who gave up too', async () => {
    const { runner, batcher } = heldBatcher();
    const caller = new AbortController();
    const running = batcher.predict([row(1)]);
    await turn();
    assert.equal(batcher.queuedRows(), 0);
    const waiting = batcher.predict([row(2), row(3)]);
    const dropped = batcher.predict([row(4)], caller.signal);
    assert.equal(batcher.queuedRows(), 3);

    caller.abort();
    runner.runs[0]!.finish();
    await Promise.all([running, assert.rejects(dropped, CancelledError)]);

    assert.equal(batcher.queuedRows(), 0);
    runner.runs[1]!.finish();
    await waiting;
  });
});

describe('an idle micro-batcher', () => {
  it('says so at once', async () => {
    const { batcher } = heldBatcher();

    await batcher.idle();
  });

  it('is idle when nothing waits and nothing runs any more', async () => {
    const { runner, batcher } = heldBatcher({ runRowsMax: () => 1 });
    const answers = [1, 2].map((marker) => batcher.predict([row(marker)]));
    let isIdle = false;
    const idle = Promise.all([batcher.idle(), batcher.idle()]).then(() => (isIdle = true));

    await turn();
    runner.runs[0]!.finish();
    await turn();
    assert.equal(isIdle, false);
    runner.runs[1]!.finish();
    await turn();

    assert.equal(isIdle, true);
    await Promise.all([idle, ...answers]);
  });
});
