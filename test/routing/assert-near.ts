import assert from 'node:assert/strict';

/** Asserts a relative error of at most `toleranceShare`. */
export function assertNear(actual: number, expected: number, toleranceShare = 1e-9): void {
  const error = Math.abs(actual - expected);
  assert.ok(
    error <= toleranceShare * Math.abs(expected),
    `got ${actual}, expected ${expected} within a share of ${toleranceShare}`,
  );
}
