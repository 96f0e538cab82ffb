import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { createRetryBudget } from '../../../src/teacher/resilience/retry-budget.js';
import { retryDelayMs } from '../../../src/teacher/resilience/retry-delay.js';

describe('a budget of retries', () => {
  it('never allows more of them than a fifth of the calls, and one, in whatever order', () => {
    fc.assert(
      fc.property(fc.array(fc.boolean(), { maxLength: 2000 }), (steps) => {
        const budget = createRetryBudget(0.2);
        let [calls, taken] = [0, 0];
        for (const isCall of steps) {
          if (isCall) {
            budget.called();
            calls++;
          } else if (budget.take()) taken++;
          if (taken > 1 + calls / 5) return false;
        }
        return true;
      }),
    );
  });

  it('gives all of them where they are wanted evenly', () => {
    const budget = createRetryBudget(0.2);
    let taken = 0;
    for (let call = 0; call < 1000; call++) {
      budget.called();
      if (budget.take()) taken++;
    }

    assert.equal(taken, 201);
  });

  it('saves up ten at most for a bad time', () => {
    const budget = createRetryBudget(0.2);
    for (let call = 0; call < 10_000; call++) budget.called();
    let taken = 0;
    while (budget.take()) taken++;

    assert.equal(taken, 10);
  });

  it('has none at all at a share of 0', () => {
    const budget = createRetryBudget(0);
    budget.called();

    assert.equal(budget.take(), false);
  });
});

describe('the delay before a retry', () => {
  const settings = { firstDelayMs: 50, delayMsMax: 300 };
  it('is drawn from all that lies below twice the last longest one, up to a bound', () => {
    const longest = [1, 2, 3, 4, 5].map((failed) =>
      retryDelayMs(settings, { failed, draw: 1, retryAfterMs: 0 }),
    );

    assert.deepEqual(longest, [50, 100, 200, 300, 300]);
    assert.equal(retryDelayMs(settings, { failed: 3, draw: 0, retryAfterMs: 0 }), 0);
    assert.equal(retryDelayMs(settings, { failed: 3, draw: 0.5, retryAfterMs: 0 }), 100);
  });

  it('begins where the teacher has asked for it', () => {
    assert.equal(retryDelayMs(settings, { failed: 1, draw: 0.5, retryAfterMs: 4000 }), 4025);
  });
});
