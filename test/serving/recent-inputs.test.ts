import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createRecentInputs } from '../../src/serving/recent-inputs.js';

describe('recent inputs', () => {
  it('know the newest two thousand again, and forget older ones', () => {
    const recent = createRecentInputs();
    for (let index = 0; index < 2_000; index++) assert.equal(recent.isNew(`${index}`), true);
    assert.equal(recent.isNew('0'), false);

    assert.equal(recent.isNew('2000'), true);

    assert.equal(recent.isNew('1'), false);
    assert.equal(recent.isNew('0'), true);
  });

  it('are forgotten when they are cleared', () => {
    const recent = createRecentInputs();
    recent.isNew('a');
    recent.clear();
    assert.equal(recent.isNew('a'), true);
  });
});
