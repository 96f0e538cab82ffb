import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { aboutDuration } from '../../src/task/about-duration.js';

describe('a time in words', () => {
  for (const [ms, words] of [
    [0, 'under 1 s'],
    [999, 'under 1 s'],
    [1_000, 'about 1 s'],
    [42_400, 'about 42 s'],
    [89_000, 'about 89 s'],
    [90_000, 'about 1.5 min'],
    [5_340_000, 'about 89 min'],
    [10_780_000, 'about 3 h'],
    [126_000_000, 'about 35 h'],
    [216_000_000, 'about 2.5 days'],
    [8_640_000_000, 'about 100 days'],
  ] as const)
    it(`is ${words} for ${ms} ms`, () => {
      assert.equal(aboutDuration(ms), words);
    });
});
