import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { CancelledError, OverloadedError } from '../../src/errors.js';
import { createMicroBatcher } from '../../src/student/micro-batcher.js';
import { FakeRunner } from '../fakes/fake-runner.js';
import { pixelInput } from '../support/inputs.js';
import { turnsOfTheLoop } from '../support/until.js';

const row = (marker: number) => pixelInput(marker, -marker);

/** A batcher of one row a run, which takes as long as the test says, and callers by its clock. */
function openBatcher() {
  const runner = new FakeRunner();
  let nowMs = 0;
  const batcher = createMicroBatcher(runner, {
    runRowsMax: () => 1,
    queueRowsMax: 100,
    nowMs: () => nowMs,
  });
  return {
    runner,
    batcher,
    waiter: (timeoutMs: number) => {
      const endMs = nowMs + timeoutMs;
      return { aborted: false, leftMs: () => Math.max(1, endMs - nowMs) };
    },
    /** Ends the run that goes on, so many ms later. */
    async endRun(ms: number) {
      nowMs += ms;
      runner.runs.at(-1)!.finish();
      await turnsOfTheLoop(4);
    },
    async runOnce(ms: number) {
      const answer = batcher.predict([row(0)]);
      await turnsOfTheLoop(4);
      await this.endRun(ms);
      await answer;
    },
    markers: () => runner.runs.map(({ rows }) => rows[0]![0]!),
  };
}

describe('a caller with a deadline', () => {
  it('is refused at once when the rows before his take too long, and told how long', async () => {
    const rig = openBatcher();
    await rig.runOnce(100);
    const others = [1, 2, 3].map((marker) => rig.batcher.predict([row(marker)]));
    await turnsOfTheLoop(4);

    const refused = rig.batcher.predict([row(4)], rig.waiter(450)); // 4 rows: 400 of 360 ms.
    const accepted = rig.batcher.predict([row(5)], rig.waiter(500));

    await assert.rejects(refused, (error) => {
      assert.ok(error instanceof OverloadedError);
      assert.match(error.message, /an answer would take about 400 ms, and this request has 450/);
      assert.equal(error.retryAfterSeconds, 1);
      return true;
    });
    for (let run = 0; run < 4; run++) await rig.endRun(100);
    await Promise.all([...others, accepted]);
    assert.deepEqual(rig.markers(), [0, 1, 2, 3, 5]);
  });

  it('is let in alone, whatever the estimate says: only a run can correct it', async () => {
    const rig = openBatcher();
    await rig.runOnce(60_000);

    const answer = rig.batcher.predict([row(1)], rig.waiter(10));
    await turnsOfTheLoop(4);
    await rig.endRun(1);

    assert.equal((await answer).length, 1);
  });

  it('finds the room that those have left who hung up', async () => {
    const rig = openBatcher();
    await rig.runOnce(100);
    const caller = new AbortController();
    const running = rig.batcher.predict([row(1)]);
    await turnsOfTheLoop(4);
    const gone = [2, 3, 4].map((marker) => rig.batcher.predict([row(marker)], caller.signal));
    caller.abort();

    const answer = rig.batcher.predict([row(5)], rig.waiter(300));

    for (const dropped of gone) await assert.rejects(dropped, CancelledError);
    await rig.endRun(100);
    await running;
    await rig.endRun(100);
    assert.equal((await answer).length, 1);
  });

  it('is not run when he would be late, and holds up nobody who would not', async () => {
    const rig = openBatcher();
    await rig.runOnce(100);
    const running = rig.batcher.predict([row(1)]);
    await turnsOfTheLoop(4);
    const late = rig.batcher.predict([row(2)], rig.waiter(250));
    const inTime = rig.batcher.predict([row(3)], rig.waiter(500));

    const dropped = assert.rejects(late, {
      name: 'CancelledError',
      message: /within the timeoutMs/,
    });
    await rig.endRun(200); // So 50 ms are left for a run that takes 110.
    await dropped;
    await rig.endRun(100);

    await Promise.all([running, inTime]);
    assert.deepEqual(rig.markers(), [0, 1, 3]);
  });

  it('is run though he may be late when all would be: the one with most time left', async () => {
    const rig = openBatcher();
    await rig.runOnce(100);
    const running = rig.batcher.predict([row(1)]);
    await turnsOfTheLoop(4);
    const late = rig.batcher.predict([row(2)], rig.waiter(260));
    const last = rig.batcher.predict([row(3)], rig.waiter(400));

    const dropped = assert.rejects(late, CancelledError);
    await rig.endRun(350);
    await dropped;
    await rig.endRun(10);

    await Promise.all([running, last]);
    assert.deepEqual(rig.markers(), [0, 1, 3]);
  });
});
