import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { CallLimit, type LeaveLimit } from '../../../src/teacher/resilience/call-limit.js';
import { watched } from '../../support/resilient.js';
import { VirtualClock } from '../../support/virtual-clock.js';

function open(callsMax: number, queueMax = 10, meanMs: number | null = 100) {
  const clock = new VirtualClock();
  const limit = new CallLimit({ callsMax, queueMax }, { clock, meanMs: () => meanMs });
  const enter = (leftMs = Infinity): Promise<LeaveLimit> =>
    limit.enter(new AbortController().signal, leftMs);
  return { clock, limit, enter };
}

describe('the limit of a teacher’s calls', () => {
  it('lets so many in at once, and the next when one leaves, in their order', async () => {
    const { limit, enter, clock } = open(2);
    const [first] = await Promise.all([enter(), enter()]);
    const third = watched(enter());
    const fourth = watched(enter());
    await clock.pass(0);
    assert.deepEqual([third.isOver, limit.inFlightCalls, limit.waitingCalls], [false, 2, 2]);
    first('unknown');
    await clock.pass(0);

    assert.deepEqual([third.isOver, fourth.isOver], [true, false]);
    assert.equal(limit.inFlightCalls, 2);
  });

  it('refuses who finds the queue full, and who would be late', async () => {
    const { enter, clock } = open(1, 2);
    await enter();
    await assert.rejects(enter(99), { code: 'OVERLOADED' }); // One call takes 100 ms.
    const waits = [watched(enter(100)), watched(enter(200))];
    await clock.pass(0);

    await assert.rejects(enter(), { code: 'OVERLOADED', message: /^2 calls wait/ });
    assert.deepEqual(
      waits.map(({ isOver }) => isOver),
      [false, false],
    );
  });

  it('takes nobody’s place who gives up while he waits', async () => {
    const { limit, enter, clock } = open(1);
    const leave = await enter();
    const controller = new AbortController();
    const gone = watched(limit.enter(controller.signal, Infinity));
    const next = watched(enter());
    controller.abort();
    await clock.pass(0);
    assert.equal((gone.error as { code: string }).code, 'CANCELLED');
    leave('unknown');
    await clock.pass(0);

    assert.ok(next.isOver);
    assert.equal(limit.waitingCalls, 0);
  });

  it('falls by a tenth with a sign of congestion, once for the calls sent before it', async () => {
    const { limit, enter, clock } = open(10);
    const leaves = await Promise.all(Array.from({ length: 10 }, () => enter()));
    await clock.pass(5);
    for (const leave of leaves) leave('congested');

    assert.equal(limit.limitCalls, 9);
  });

  it('never falls below one call, and rises by one in a round that goes well', async () => {
    const { limit, enter, clock } = open(10);
    for (let round = 0; round < 50; round++) {
      await clock.pass(1);
      (await enter())('congested');
    }
    assert.equal(limit.limitCalls, 1);
    const seen = [];
    for (let round = 0; round < 4; round++) {
      const { limitCalls } = limit;
      const leaves = await Promise.all(Array.from({ length: limitCalls }, () => enter()));
      for (const leave of leaves) leave('well');
      seen.push(limit.limitCalls);
    }

    assert.deepEqual(seen, [2, 2, 3, 3]); // 2, 2.9, 3.2, 3.8: busy calls raise it.
  });

  it('does not rise while less than half of it is used: nothing is learnt then', async () => {
    const { limit, enter, clock } = open(8);
    await clock.pass(1);
    (await enter())('congested');
    for (let call = 0; call < 100; call++) (await enter())('well');

    assert.equal(limit.limitCalls, 7);
  });

  it('lets nobody in during a pause, and refuses those whose time is shorter', async () => {
    const { limit, enter, clock } = open(2);
    limit.pause(500);
    const patient = watched(enter(600));
    await assert.rejects(enter(400), { code: 'OVERLOADED', retryAfterSeconds: 1 });
    await clock.pass(499);
    assert.equal(patient.isOver, false);
    await clock.pass(1);

    assert.equal(patient.isOver, true);
  });

  it('lets in who waits for the end of a pause, also if timers fire a little early', async () => {
    const { limit, enter, clock } = open(2);
    const after = clock.after.bind(clock);
    clock.after = (delayMs, call) => after(delayMs > 1 ? delayMs - 1 : delayMs, call);
    limit.pause(500);
    const patient = watched(enter());
    await clock.pass(499);
    assert.equal(patient.isOver, false);
    await clock.pass(1);

    assert.equal(patient.isOver, true);
  });
});
