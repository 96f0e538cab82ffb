import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createImageNumbers } from '../../src/task/image-numbers.js';

const spec = { kind: 'image', width: 2, height: 2, channels: 1 } as const;

describe('images that are numbers', () => {
  it('are bytes from 0 to 255, in lists of lists or flat', () => {
    const read = createImageNumbers();

    const nested = [
      [0, 1],
      [128, 255],
    ];
    assert.deepEqual(read(nested, spec), Uint8Array.of(0, 1, 128, 255));
    assert.deepEqual(read([0n, 1n, 2n, 1], spec), Uint8Array.of(0, 1, 2, 1));
  });

  it('are shares of the brightest, where a fraction says so', () => {
    const read = createImageNumbers();

    assert.deepEqual(read([0, 1, 0.5, 0.2], spec), Uint8Array.of(0, 255, 128, 51));
    assert.match(read([0, 1, 2, 0], spec) as string, /numbers from 0 to 1, as those/);
  });

  it('are black and white before anything says what 1 is, and as those before afterwards', () => {
    const read = createImageNumbers();

    assert.deepEqual(read([0, 1, 1, 0], spec), Uint8Array.of(0, 255, 255, 0));
    read([0, 1, 1, 200], spec);
    assert.deepEqual(read([0, 1, 1, 0], spec), Uint8Array.of(0, 1, 1, 0));
  });

  for (const [list, problem] of [
    [[1, 2, 3], /must be 4 numbers, got 3/],
    [[1, 2, 3, 4, 5], /must be 4 numbers, got more/],
    [[1, 2, 'x', 4], /must be numbers from 0/],
    [[1, 2, -1, 4], /must be numbers from 0/],
    [[1, 2, NaN, 4], /must be numbers from 0/],
    [[1, 2, 256, 4], /must be numbers from 0 to 255/],
  ] as const)
    it(`are refused: ${JSON.stringify(list)}`, () => {
      assert.match(createImageNumbers()(list, spec) as string, problem);
    });
});
