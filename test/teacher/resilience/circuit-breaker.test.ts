import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  createCircuitBreaker,
  type BreakerState,
  type CallVerdict,
} from '../../../src/teacher/resilience/circuit-breaker.js';
import { VirtualClock } from '../../support/virtual-clock.js';

const settings = {
  ...{ windowMs: 10_000, callsMin: 4, failureShare: 0.5 },
  ...{ openMs: 1000, openMsMax: 3000, probes: 2 },
};

function open(changes: Partial<typeof settings> = {}) {
  const clock = new VirtualClock();
  const states: BreakerState[] = [];
  const breaker = createCircuitBreaker({ ...settings, ...changes }, clock, (state) => {
    states.push(state);
  });
  const calls = (...verdicts: readonly CallVerdict[]): void => {
    for (const verdict of verdicts) breaker.enter()!(verdict);
  };
  return { breaker, clock, states, calls };
}

describe('a circuit breaker', () => {
  it('opens when half of at least four calls have failed, and lets nobody through then', () => {
    const { breaker, calls } = open();
    calls('failed', 'failed', 'ok');
    assert.equal(breaker.state, 'closed');
    calls('ok');

    assert.equal(breaker.state, 'open');
    assert.equal(breaker.enter(), null);
    assert.equal(breaker.waitMs(), 1000);
  });

  it('stays closed while fewer have failed, and where calls show nothing', () => {
    const { breaker, calls } = open();
    calls('ok', 'ok', 'ok', 'failed', 'failed', 'ok');
    for (let call = 0; call < 20; call++) calls('unknown');

    assert.equal(breaker.state, 'closed');
  });

  it('forgets failures that are older than its window', async () => {
    const { breaker, clock, calls } = open();
    calls('failed', 'failed', 'failed');
    await clock.pass(11_000);
    calls('failed');

    assert.equal(breaker.state, 'closed');
  });

  it('lets as many probes through as it takes to close, and closes when they go well', async () => {
    const { breaker, clock, states, calls } = open();
    calls('failed', 'failed', 'failed', 'failed');
    await clock.pass(1000);
    const first = breaker.enter()!;
    const second = breaker.enter()!;
    assert.equal(breaker.enter(), null); // A third one waits.
    first('ok');
    assert.equal(breaker.state, 'half-open');
    second('ok');

    assert.deepEqual(states, ['open', 'half-open', 'closed']);
    calls('failed', 'failed', 'failed'); // What failed before it opened counts no more.
    assert.equal(breaker.state, 'closed');
  });

  it('opens for twice as long when a probe fails, up to its longest time', async () => {
    const { breaker, clock, calls } = open();
    calls('failed', 'failed', 'failed', 'failed');
    const waits = [];
    for (let round = 0; round < 3; round++) {
      await clock.pass(breaker.waitMs());
      calls('failed');
      waits.push(breaker.waitMs());
    }

    assert.deepEqual(waits, [2000, 3000, 3000]);
  });

  it('gives a probe’s place to another one when its caller gives up', async () => {
    const { breaker, clock, calls } = open({ probes: 1 });
    calls('failed', 'failed', 'failed', 'failed');
    await clock.pass(1000);
    calls('unknown');
    assert.equal(breaker.state, 'half-open');
    calls('ok');

    assert.equal(breaker.state, 'closed');
  });

  it('does not let calls that were sent before it opened speak of the time after', async () => {
    const { breaker, clock, calls } = open({ probes: 1 });
    const late = breaker.enter()!;
    calls('failed', 'failed', 'failed', 'failed');
    late('ok');
    assert.equal(breaker.state, 'open');
    await clock.pass(1000);
    const probe = breaker.enter()!;
    late('failed');

    assert.equal(breaker.state, 'half-open');
    probe('ok');
    assert.equal(breaker.state, 'closed');
  });
});
