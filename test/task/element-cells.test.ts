import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Dtype } from '../../src/task/dtype.js';
import { inputOfColumns, numberOfCell } from '../../src/task/element-cells.js';
import type { TensorInput } from '../../src/task/task.js';
import { decodeTensors } from '../../src/task/tensor-codec.js';

const tensorOf = (dtype: Dtype, shape: readonly (number | null)[]): TensorInput => ({
  kind: 'tensor',
  tensors: [{ name: 'x', dtype, shape }],
});

/** One cell as a tensor of one element, or what is wrong with it. */
function elementOf(dtype: Dtype, cell: unknown): unknown {
  const input = tensorOf(dtype, [1]);
  const read = inputOfColumns({ c: cell }, ['c'], input);
  return typeof read === 'string' ? read : decodeTensors(read, input)[0]!.data[0];
}

describe('inputs whose elements stand in columns', () => {
  it('are read in the order of the columns that are given, into the shape of the tensor', () => {
    const input = tensorOf('float32', [2, null]);
    const open = tensorOf('float32', [null]);
    const values = { a: '1.5', b: 2, c: ' -3e2 ', d: 4n };

    const read = inputOfColumns(values, ['d', 'a', 'c'], open);

    assert.ok(typeof read !== 'string');
    const [tensor] = decodeTensors(read, open);
    assert.deepEqual([[...tensor!.data], tensor!.dims], [[4, 1.5, -300], [3]]);
    const square = tensorOf('int8', [1, 2]);
    const whole = inputOfColumns({ a: '1', b: 2 }, ['a', 'b'], square);
    assert.deepEqual(decodeTensors(whole as Uint8Array, square)[0]!.dims, [1, 2]);
    assert.throws(() => inputOfColumns(values, ['a', 'b'], input), /2 columns are named/);
    assert.throws(() => inputOfColumns(values, ['a'], square), {
      message:
        '1 columns are named for the input, which is made of 2 columns of the elements of x, in ' +
        'their order.',
    });
  });

  it('are several tensors of one element each', () => {
    const tensors = [
      { name: 'age', dtype: 'int64', shape: [1] },
      { name: 'city', dtype: 'string', shape: [] },
    ] as const;
    const input: TensorInput = { kind: 'tensor', tensors };

    const read = inputOfColumns({ a: '41', c: 'Bern' }, ['a', 'c'], input);

    const decoded = decodeTensors(read as Uint8Array, input);
    assert.deepEqual(decoded[0]!.data, BigInt64Array.of(41n));
    assert.deepEqual(decoded[1]!.data, ['Bern']);
    const named = inputOfColumns({ age: '41', city: 'Bern' }, ['city', 'age'], input);
    assert.deepEqual(named, read);
    assert.equal(
      inputOfColumns({ a: '41', c: null }, ['a', 'c'], input),
      'c must be a text, got nothing.',
    );
  });

  for (const [dtype, cell, expected] of [
    ['float64', '0.1', 0.1],
    ['float16', '1', 0x3c00],
    ['int64', '9007199254740993', 9007199254740993n],
    ['int64', 2 ** 60, 'c must be of int64, got 1152921504606847000.'],
    ['uint64', '18446744073709551616', 'c must be of uint64, got 18446744073709551616.'],
    ['uint8', 255, 255],
    ['uint8', 256, 'c must be of uint8, got 256.'],
    ['int8', '-129', 'c must be of int8, got -129.'],
    ['int32', '1.5', 'c must be of int32, got 1.5.'],
    ['bool', 'TRUE', 1],
    ['bool', '2', 'c must be of bool, got 2.'],
    ['float32', '1e39', 'c must be of float32, got 1e+39.'],
    ['float16', '70000', 'c must be of float16, got 70000.'],
    ['float32', '', 'c must be a number, got an empty text.'],
  ] as const)
    it(`reads ${JSON.stringify(String(cell))} as ${dtype}: ${String(expected)}`, () => {
      assert.deepEqual(elementOf(dtype, cell), expected);
    });

  it('takes for numbers what is one, and nothing else', () => {
    const cells = ['1', ' 2.5e3', '0x10', 7, 8n, true, 'False', '', ' ', 'NA', '1,5', null, NaN];

    const read = cells.map(numberOfCell);

    const none = Array<null>(6).fill(null);
    assert.deepEqual(read, [1, 2500, 16, 7, 8, 1, 0, ...none]);
  });
});
