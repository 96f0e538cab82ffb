import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { float16BitsOf, numberOfFloat16 } from '../../src/task/float16.js';
import { readFixture } from '../support/read-fixture.js';

/** By numpy: see fixtures/float16-oracle.py. */
const rounded = readFixture('task/fixtures/float16.json') as { values: number[]; bits: number[] };

describe('a half', () => {
  it('comes back as its own bits, each of the 65536', () => {
    for (let bits = 0; bits < 0x10000; bits++) {
      const value = numberOfFloat16(bits);
      if (Number.isNaN(value)) assert.equal(float16BitsOf(value), 0x7e00);
      else assert.equal(float16BitsOf(value), bits);
    }
  });

  it('grows with its bits, in steps that double from one exponent to the next', () => {
    for (let bits = 1; bits <= 0x7bff; bits++) {
      const step = numberOfFloat16(bits) - numberOfFloat16(bits - 1);
      assert.equal(step, 2 ** (Math.max(1, (bits - 1) >> 10) - 25));
    }
    assert.equal(numberOfFloat16(0x7c00), Infinity);
    assert.equal(numberOfFloat16(0xfc00), -Infinity);
    assert.equal(numberOfFloat16(0x3c00), 1);
    assert.equal(numberOfFloat16(0xc000), -2);
    assert.ok(Object.is(numberOfFloat16(0x8000), -0));
  });

  it('is the nearest to a number, ties to even, as numpy rounds', () => {
    assert.ok(rounded.values.length > 600);
    rounded.values.forEach((value, index) => {
      // JSON keeps -0.0, and so does JSON.parse.
      assert.equal(float16BitsOf(value), rounded.bits[index], String(value));
    });
  });
});
