import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { callerOf, LiveCaller } from '../../src/task/caller.js';

describe('a caller', () => {
  it('is there until he hangs up', () => {
    const caller = new LiveCaller();
    const before = caller.aborted;

    caller.hangUp();

    assert.deepEqual([before, caller.aborted], [false, true]);
  });

  it('has one signal, which fires when he hangs up after it was asked for', () => {
    const caller = new LiveCaller();
    const { signal } = caller;
    let fired = 0;
    signal.addEventListener('abort', () => fired++);
    assert.equal(signal.aborted, false);

    caller.hangUp();
    caller.hangUp();

    assert.deepEqual([signal.aborted, fired], [true, 1]);
    assert.equal(caller.signal, signal);
  });

  it('has a signal that has fired already when he hung up before it was asked for', () => {
    const caller = new LiveCaller();
    caller.hangUp();

    assert.equal(caller.signal.aborted, true);
    assert.equal(caller.signal, caller.signal);
  });

  it('may be a signal', () => {
    const controller = new AbortController();
    const caller = callerOf(controller.signal);
    const before = caller.aborted;

    controller.abort();

    assert.deepEqual([before, caller.aborted], [false, true]);
    assert.equal(caller.signal, controller.signal);
  });
});
