import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { allocate, canConvert, copyInto, toFloat32 } from '../../src/model/convert-dtype.js';
import { dtypes, type Dtype, type TensorData } from '../../src/task/dtype.js';

function converted(data: TensorData, from: Dtype, to: Dtype): TensorData {
  const target = allocate(to, data.length + 1);
  copyInto(target, 1, { data, from, to });
  return target;
}

describe('a batch of another element type', () => {
  const numbers = Float32Array.of(1.5, -2, 0.1);
  const whole = BigInt64Array.of(3n, -4n, 100n);
  const cases: readonly (readonly [TensorData, Dtype, Dtype, TensorData])[] = [
    [numbers, 'float32', 'float32', Float32Array.of(0, 1.5, -2, 0.1)],
    [numbers, 'float32', 'float64', Float64Array.of(0, 1.5, -2, Math.fround(0.1))],
    // IEEE 754 binary16: 1.5, -2 and the nearest to 0.1, 0.0999756.
    [numbers, 'float32', 'float16', Uint16Array.of(0, 0x3e00, 0xc000, 0x2e66)],
    [whole, 'int64', 'int64', BigInt64Array.of(0n, 3n, -4n, 100n)],
    [whole, 'int64', 'int32', Int32Array.of(0, 3, -4, 100)],
    [whole, 'int64', 'int8', Int8Array.of(0, 3, -4, 100)],
    [whole, 'int64', 'float32', Float32Array.of(0, 3, -4, 100)],
    [Uint8Array.of(1, 0, 1), 'bool', 'bool', Uint8Array.of(0, 1, 0, 1)],
    [['a', 'ü', ''], 'string', 'string', ['', 'a', 'ü', '']],
  ];
  for (const [data, from, to, expected] of cases)
    it(`takes rows of ${from} as ${to}, from the place of the row on`, () => {
      assert.deepEqual(converted(data, from, to), expected);
    });

  it('can be of each type that its rows have themselves', () => {
    for (const dtype of dtypes) {
      assert.ok(canConvert(dtype, dtype));
      assert.equal(allocate(dtype, 3).length, 3);
    }
  });

  it('is made of no type that would lose what the rows say', () => {
    assert.equal(canConvert('float32', 'int64'), false);
    assert.equal(canConvert('float64', 'float32'), false);
    assert.equal(canConvert('int64', 'bool'), false);
    assert.equal(canConvert('int64', 'string'), false);
    assert.equal(canConvert('string', 'int64'), false);
  });
});

describe('scores as float32', () => {
  it('are the same array where they are that already', () => {
    const scores = Float32Array.of(1, 2);

    assert.equal(toFloat32(scores, 'float32'), scores);
  });

  it('come from a Float16Array of numbers as well as from bits', () => {
    assert.deepEqual(toFloat32(Uint16Array.of(0x3e00), 'float16'), Float32Array.of(1.5));
    // Node has a Float16Array from 24 on, whose elements are numbers: like those of a Float64Array.
    assert.deepEqual(toFloat32(Float64Array.of(1.5), 'float16'), Float32Array.of(1.5));
  });
});
