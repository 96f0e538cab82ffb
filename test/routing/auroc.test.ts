import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { auroc } from '../../src/routing/auroc.js';
import { assertNear } from './assert-near.js';

const level = (row: number): number => Math.floor((((row + 1) * 0.41421356237309503) % 1) * 8);
const levels = (rows: number, shift: number): number[] =>
  Array.from({ length: rows }, (_, row) => level(row) + shift);

describe('auroc', () => {
  // Oracle: fixtures/novelty-oracle.py compares every pair.
  it('is the share of pairs in which the positive one is higher, ties counting half', () => {
    assertNear(auroc(levels(50, 0), levels(30, 2)), 0.7086666666666667, 1e-12);
    assertNear(auroc([1, 2, 3], [3, 4]), 0.9166666666666666, 1e-12);
    assert.equal(auroc([5], [5]), 0.5);
    assert.equal(auroc([2], [1]), 0);
  });

  it('refuses a kind without a score, and scores that are not finite', () => {
    assert.throws(() => auroc([], [1]), RangeError);
    assert.throws(() => auroc([1], []), RangeError);
    assert.throws(() => auroc([1], [NaN]), RangeError);
  });
});
