import assert from 'node:assert/strict';

/** Each number within `tolerance` of its counterpart, absolute below 1 and relative above. */
export function assertNearAll(
  got: ArrayLike<number>,
  expected: ArrayLike<number>,
  tolerance: number,
): void {
  assert.equal(got.length, expected.length);
  for (let k = 0; k < got.length; k++) {
    const error = Math.abs(got[k]! - expected[k]!) / Math.max(1, Math.abs(expected[k]!));
    assert.ok(error <= tolerance, `[${k}] is ${got[k]!}, expected ${expected[k]!}`);
  }
}
