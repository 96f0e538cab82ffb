import assert from 'node:assert/strict';
import { it } from 'node:test';
import { studentPriceOf } from '../../src/serving/student-price.js';

it('prices a row by the time that the machine runs for it', () => {
  const priceOf = studentPriceOf(3.6); // 0.001 dollars a second.

  assert.equal(priceOf({ runMs: 500 }), 0.0005);
  assert.equal(priceOf({ runMs: 0 }), 0);
});
