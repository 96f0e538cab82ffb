import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, it } from 'node:test';
import { holdoutUseOf } from '../../src/distillation/holdout-use.js';

const hashOf = (number: number): string =>
  createHash('sha256').update(`${number}`).digest('hex').slice(0, 32);

describe('the use of a holdout row', () => {
  it('follows from the last eight digits of its hash', () => {
    // 0, 6 and 0xfffffffc are multiples of six (0xffffffff is one of three); 1, 3 and 10 are not.
    for (const last of ['00000000', '00000006', 'fffffffc'])
      assert.equal(holdoutUseOf(`12345678${last}`), 'choose');
    for (const last of ['00000001', '00000003', '0000000a'])
      assert.equal(holdoutUseOf(`12345678${last}`), 'certify');
  });

  it('is to choose for a sixth of all rows', () => {
    const hashes = Array.from({ length: 9000 }, (_, k) => hashOf(k));

    const choosing = hashes.filter((hash) => holdoutUseOf(hash) === 'choose').length;

    assert.ok(Math.abs(choosing - 1500) < 5 * Math.sqrt((9000 * 5) / 36), `${choosing} of 9000`);
  });

  it('has nothing to do with the digits that split training from validation', () => {
    const hashes = Array.from({ length: 30_000 }, (_, k) => hashOf(k));
    const validating = hashes.filter((hash) => Number.parseInt(hash.slice(0, 8), 16) < 0x1999999a);

    const choosing = validating.filter((hash) => holdoutUseOf(hash) === 'choose').length;

    const expected = validating.length / 6;
    assert.ok(Math.abs(choosing - expected) < 5 * Math.sqrt(expected), `${choosing}, ${expected}`);
  });
});
