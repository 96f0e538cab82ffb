import assert from 'node:assert/strict';
import { getEventListeners } from 'node:events';
import { describe, it } from 'node:test';
import { Deadline } from '../../src/task/deadline.js';
import { collectGarbage } from '../support/collect-garbage.js';
import { until } from '../support/until.js';

describe('a deadline', () => {
  it('passes, and says so, though nobody holds its parts and garbage is collected', async () => {
    const deadlines = Array.from(
      { length: 100 },
      () => new Deadline(50, new AbortController().signal),
    );
    const { signal } = new Deadline(50);

    await new Promise(setImmediate); // What was made in this turn is not collected in it.
    collectGarbage();
    await until('all have passed', () => deadlines.every(({ passed }) => passed));

    assert.ok(deadlines.every((deadline) => deadline.signal.aborted));
    await until('the signal alone fires too', () => signal.aborted);
  });

  it('ends with the other signal, which is not the time passing', () => {
    const other = new AbortController();
    const deadline = new Deadline(60_000, other.signal);
    const before = deadline.signal.aborted;

    other.abort();

    assert.deepEqual([before, deadline.signal.aborted, deadline.passed], [false, true, false]);
    assert.equal(getEventListeners(other.signal, 'abort').length, 0);
  });

  it('has ended already when the other signal fired before', () => {
    const deadline = new Deadline(60_000, AbortSignal.abort());

    assert.deepEqual([deadline.signal.aborted, deadline.passed], [true, false]);
  });

  it('says how much time is left, and that it has ended, to whoever queues for him', () => {
    const other = new AbortController();
    const deadline = new Deadline(60_000, other.signal);
    const [leftMs, before] = [deadline.leftMs(), deadline.aborted];

    other.abort();

    assert.ok(leftMs > 50_000 && leftMs <= 60_000, `${leftMs}`);
    assert.deepEqual([before, deadline.aborted], [false, true]);
  });

  it('leaves nothing behind at its end', () => {
    const other = new AbortController();
    const deadline = new Deadline(60_000, other.signal);
    const during = getEventListeners(other.signal, 'abort').length;

    deadline.end();
    other.abort();

    assert.equal(during, 1);
    assert.equal(getEventListeners(other.signal, 'abort').length, 0);
    assert.deepEqual([deadline.signal.aborted, deadline.passed], [false, false]);
  });
});
