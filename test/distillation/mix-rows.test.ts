import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { mixRows } from '../../src/distillation/mix-rows.js';
import { assertNearAll } from '../support/assert-near-all.js';

const batch = {
  x: Float32Array.of(0, 10, 100, 1000, 7, 7),
  soft: Float32Array.of(1, 0, 0, 1, 0, 0),
  hard: Float32Array.of(0, 1, 1, 0, 0, 0),
  rowWeights: Float32Array.of(0.5, 0.5, 0), // The third row is padding.
};

describe('mixing rows', () => {
  it('takes a share of the next row into inputs and targets, of the first into the last', () => {
    const draws = [0.5, 0.8];

    const mixed = mixRows(batch, 2, { shareMax: 0.5, draw: () => draws.shift()! });

    // Shares 0.25 and 0.4.
    assertNearAll(mixed.x, [25, 257.5, 60, 604, 7, 7], 1e-4);
    assertNearAll(mixed.soft, [0.75, 0.25, 0.4, 0.6, 0, 0], 1e-6);
    assertNearAll(mixed.hard, [0.25, 0.75, 0.6, 0.4, 0, 0], 1e-6);
    assert.deepEqual(mixed.rowWeights, batch.rowWeights);
    assert.deepEqual([...batch.x], [0, 10, 100, 1000, 7, 7]);
  });
});
