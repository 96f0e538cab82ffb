import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createPatience } from '../../src/serving/patience.js';
import { LiveCaller } from '../../src/task/caller.js';
import { collectGarbage } from '../support/collect-garbage.js';
import { until } from '../support/until.js';

describe('the patience of a caller without a deadline', () => {
  it('lasts until he hangs up', () => {
    const caller = new LiveCaller();
    const patience = createPatience(caller, null);
    const before = [patience.aborted, patience.signal.aborted];

    caller.hangUp();

    assert.deepEqual(before, [false, false]);
    assert.deepEqual([patience.aborted, patience.signal.aborted], [true, true]);
    assert.equal(patience.leftMs(), null);
    assert.equal(patience.caller, caller);
  });

  it('makes no signal of its own: nobody pays for one that nobody listens to', () => {
    let asked = 0;
    const signal = new AbortController().signal;
    const caller = {
      aborted: false,
      get signal() {
        asked++;
        return signal;
      },
    };

    const patience = createPatience(caller, null);
    assert.equal(patience.aborted, false);

    assert.equal(asked, 0);
    assert.equal(patience.signal, signal);
  });
});

describe('the patience of a caller with a deadline', () => {
  it('ends when he hangs up before it', () => {
    const caller = new LiveCaller();
    const patience = createPatience(caller, 60_000);
    const before = patience.aborted;

    caller.hangUp();

    assert.deepEqual([before, patience.aborted, patience.signal.aborted], [false, true, true]);
  });

  it('has ended already when he hung up earlier', () => {
    const caller = new LiveCaller();
    caller.hangUp();

    assert.equal(createPatience(caller, 60_000).aborted, true);
  });

  it('ends at it, though he is still there', async () => {
    const caller = new LiveCaller();
    const patience = createPatience(caller, 5);

    await until('it is over', () => patience.aborted);

    assert.equal(patience.signal.aborted, true);
    assert.equal(caller.aborted, false);
    assert.equal(patience.leftMs(), 1); // Not 0: that would be none at all to whoever reads it.
  });

  it('ends at it also when garbage is collected meanwhile', async () => {
    const patience = createPatience(new LiveCaller(), 50);

    await new Promise(setImmediate);
    collectGarbage();
    await until('it is over', () => patience.aborted);

    assert.equal(patience.signal.aborted, true);
  });

  it('is over for good when he has his answer: neither time nor he ends it any more', async () => {
    const caller = new LiveCaller();
    const patience = createPatience(caller, 1);
    const { signal } = patience;

    patience.end();
    const startedMs = performance.now();
    await until('its time is over', () => performance.now() - startedMs > 20);
    caller.hangUp();

    assert.equal(signal.aborted, false);
  });

  it('says what is left of it, which only falls', async () => {
    const patience = createPatience(new LiveCaller(), 60_000);
    const first = patience.leftMs()!;

    const startedMs = performance.now();
    await until('some ms are over', () => performance.now() - startedMs > 20);
    const second = patience.leftMs()!;

    assert.ok(first > 59_000 && first <= 60_000, `${first}`);
    assert.ok(Number.isInteger(second) && first - second >= 19, `${first} to ${second}`);
  });
});
