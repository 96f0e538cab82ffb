import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { balancedAccuracy } from '../../src/replay/balanced-accuracy.js';
import { windowOf } from '../../src/replay/windows.js';
import { assertNear } from '../routing/assert-near.js';
import { coldRow, replayedOf } from './replayed.js';

describe('balanced accuracy', () => {
  it('weighs each label that occurs alike, however many rows it has', () => {
    // By hand: label 0 is right in 8 of 9, label 1 in 0 of 1, label 2 in 1 of 2; label 3 is given
    // and never true: (8/9 + 0 + 1/2) / 3 = 25/54.
    const given = [
      ...Array.from({ length: 8 }, () => ({ label: 0, trueLabel: 0 })),
      { label: 3, trueLabel: 0 },
      { label: 0, trueLabel: 1 },
      { label: 2, trueLabel: 2 },
      { label: 0, trueLabel: 2 },
    ];

    assertNear(balancedAccuracy(given), 25 / 54, 1e-12);
    assert.equal(balancedAccuracy([]), 0);
  });

  it('is low for a window in which the most frequent label is always the answer', () => {
    const rows = [coldRow(), coldRow(), coldRow(), coldRow({ trueLabel: 1 })];

    const window = windowOf(replayedOf(rows), { from: 0, to: 4, delta: 0.1 });

    assert.deepEqual([window.accuracy, window.balancedAccuracy], [0.75, 0.5]);
  });
});
