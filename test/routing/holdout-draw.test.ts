import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, it } from 'node:test';
import { uniformFromHash } from '../../src/routing/holdout-draw.js';

describe('uniformFromHash', () => {
  // Oracle: Python, int.from_bytes(b, 'big') >> 11, over 2^53.
  const table = [
    { bytes: [0, 0, 0, 0, 0, 0, 0, 0], expected: 0 },
    { bytes: [0x80, 0, 0, 0, 0, 0, 0, 0], expected: 0.5 },
    { bytes: [0, 0, 0, 0, 0, 0, 0x07, 0xff], expected: 0 }, // The low 11 bits do not count.
    { bytes: [0, 0, 0, 0, 0, 0, 0x08, 0], expected: 2 ** -53 },
    { bytes: [255, 255, 255, 255, 255, 255, 255, 255], expected: 1 - 2 ** -53 },
    { bytes: [1, 2, 3, 4, 5, 6, 7, 8], expected: 0.003936947327950691 },
  ];
  for (const { bytes, expected } of table)
    it(`reads ${bytes.join(' ')} as ${expected}`, () => {
      assert.equal(uniformFromHash(Buffer.from(bytes).toString('latin1')), expected);
    });

  it('reads a part of a longer hash where it lies', () => {
    const hash = Buffer.from('0909800000000000000009', 'hex').toString('latin1');

    assert.equal(uniformFromHash(hash, 2), 0.5);
  });

  it('spreads hashes evenly over ten bins', () => {
    const bins = new Array<number>(10).fill(0);
    for (let row = 0; row < 20_000; row++) {
      const hash = createHash('sha256').update(String(row)).digest('binary');
      bins[Math.floor(uniformFromHash(hash) * 10)]!++;
    }

    const chiSquare = bins.reduce((sum, count) => sum + (count - 2000) ** 2 / 2000, 0);
    assert.ok(chiSquare < 27.9, `chi-square ${chiSquare}; 99.9 % of fair draws stay below 27.9`);
  });

  it('refuses what has no 8 bytes', () => {
    assert.throws(() => uniformFromHash('0'.repeat(7)), RangeError);
    assert.throws(() => uniformFromHash('0'.repeat(8), 1), RangeError);
  });
});
