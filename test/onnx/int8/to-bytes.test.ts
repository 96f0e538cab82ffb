import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { toBytes } from '../../../src/onnx/int8/to-bytes.js';

describe('numbers in 8 bits', () => {
  it('takes a scale for each row', () => {
    const numbers = Float32Array.of(1, -2, 0.5, 0, 0, 0);

    const { bytes, scales } = toBytes(numbers, { channels: 2, runLength: 3, largest: 127 });

    // 2 is 127; 1 is 63.5 and 0.5 is 31.75, to the nearest.
    assert.deepEqual([...bytes], [64, -127, 32, 0, 0, 0]);
    assert.deepEqual([...scales], [Math.fround(2 / 127), 0]);
  });

  it('takes a scale for each column', () => {
    const numbers = Float32Array.of(1, 8, -4, 2);

    const { bytes, scales } = toBytes(numbers, { channels: 2, runLength: 1, largest: 64 });

    assert.deepEqual([...bytes], [16, 64, -64, 16]);
    assert.deepEqual([...scales], [4 / 64, 8 / 64]);
  });

  it('keeps each number within half a scale', () => {
    const numbers = Float32Array.from({ length: 1000 }, (_, at) => Math.sin(at) * (1 + (at % 10)));

    const { bytes, scales } = toBytes(numbers, { channels: 10, runLength: 1, largest: 64 });

    numbers.forEach((number, at) => {
      const scale = scales[at % 10]!;
      assert.ok(Math.abs(bytes[at]! * scale - number) <= scale * 0.5001, `number ${at}`);
    });
  });
});
