import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { InvalidInputError } from '../../src/errors.js';
import { parseTensors } from '../../src/http/parse-tensors.js';
import { tensorElementsMax } from '../../src/task/parse-tensor.js';
import type { Dtype } from '../../src/task/dtype.js';
import { decodeTensors, type TensorValue } from '../../src/task/tensor-codec.js';
import type { TensorInput, TensorSpec } from '../../src/task/task.js';

const inputOf = (...tensors: readonly TensorSpec[]): TensorInput => ({ kind: 'tensor', tensors });
const one = (dtype: Dtype, shape: TensorSpec['shape']): TensorInput =>
  inputOf({ name: 'x', dtype, shape });

const read = (value: unknown, input: TensorInput): readonly TensorValue[] =>
  decodeTensors(parseTensors(value, input, 'input'), input);

const refusalOf = (value: unknown, input: TensorInput): string => {
  try {
    parseTensors(value, input, 'input');
  } catch (error) {
    assert.ok(error instanceof InvalidInputError, String(error));
    assert.deepEqual(Object.keys(error.details), ['field', 'expected', 'got']);
    return error.message;
  }
  return 'it is accepted';
};

describe('an input of one tensor', () => {
  it('may be the tensor alone, or named', () => {
    const input = one('float32', [2]);
    const expected = [{ data: Float32Array.of(0.5, -3), dims: [2] }];

    assert.deepEqual(read([0.5, -3], input), expected);
    assert.deepEqual(read({ x: [0.5, -3] }, input), expected);
  });

  it('is a bare number where it has no axes', () => {
    const expected = [{ data: Int8Array.of(-7), dims: [] }];

    assert.deepEqual(read(-7, one('int8', [])), expected);
    assert.deepEqual(read({ x: -7 }, one('int8', [])), expected);
    assert.deepEqual(read('a', one('string', [])), [{ data: ['a'], dims: [] }]);
  });

  it('is nested by its axes, or flat where all lengths are fixed', () => {
    const expected = [{ data: Int16Array.of(1, 2, 3, 4, 5, 6), dims: [3, 2] }];
    const nested = [
      [1, 2],
      [3, 4],
      [5, 6],
    ];

    assert.deepEqual(read(nested, one('int16', [3, 2])), expected);
    assert.deepEqual(read([1, 2, 3, 4, 5, 6], one('int16', [3, 2])), expected);
    assert.deepEqual(read(nested, one('int16', [null, 2])), expected);
    assert.deepEqual(read(nested, one('int16', [null, null])), expected);
  });

  it('is the same bytes for -0 as for 0', () => {
    for (const dtype of ['float16', 'float32', 'float64', 'int32', 'int64'] as const) {
      const input = one(dtype, [1]);
      const bytes = parseTensors([-0], input, 'input');
      assert.deepEqual(bytes, parseTensors([0], input, 'input'), dtype);
      assert.ok(bytes.every((byte) => byte === 0));
    }
  });
});

describe('an input of several tensors', () => {
  const input = inputOf(
    { name: 'age', dtype: 'float32', shape: [1] },
    { name: 'words', dtype: 'int64', shape: [null] },
  );

  it('names each, in any order', () => {
    assert.deepEqual(read({ words: [1, '2', 3], age: [40] }, input), [
      { data: Float32Array.of(40), dims: [1] },
      { data: BigInt64Array.of(1n, 2n, 3n), dims: [3] },
    ]);
  });

  const refusals: readonly (readonly [string, unknown, string])[] = [
    ['a list', [1], 'input must be an object of tensors (age, words), got a list.'],
    ['null', null, 'input must be an object of tensors (age, words), got null.'],
    [
      'one missing',
      { words: [1] },
      'input.age must be a tensor of float32 shaped [1], got nothing.',
    ],
    [
      'an unknown one',
      { age: [1], words: [1], size: 2 },
      'input.size must be one of the tensors age, words, got an unknown tensor.',
    ],
    [
      '__proto__',
      JSON.parse('{"age": [1], "words": [1], "__proto__": [1]}'),
      'input.__proto__ must be one of the tensors age, words, got an unknown tensor.',
    ],
    [
      'a wrong element',
      { age: ['x'], words: [1] },
      'input.age[0] must be a number in the range of',
    ],
    ['a wrong list', { age: [1, 2], words: [1] }, 'input.age must be a list of 1 in the shape [1]'],
  ];
  for (const [what, value, words] of refusals) {
    it(`is refused with its place: ${what}`, () => {
      const message = refusalOf(value, input);

      assert.ok(message.startsWith(words), message);
    });
  }
});

describe('the elements of a tensor', () => {
  const accepted: readonly (readonly [Dtype, readonly unknown[], TensorValue['data']])[] = [
    ['float32', [0.1, -3.4028234e38, 1e-60], Float32Array.of(0.1, -3.4028234e38, 0)],
    ['float64', [0.1, 1.7e308], Float64Array.of(0.1, 1.7e308)],
    ['float16', [1, -2, 65519, 6e-8], Uint16Array.of(0x3c00, 0xc000, 0x7bff, 1)],
    ['int8', [-128, 127], Int8Array.of(-128, 127)],
    ['int16', [-32768, 32767], Int16Array.of(-32768, 32767)],
    ['int32', [-2147483648, 2147483647], Int32Array.of(-2147483648, 2147483647)],
    [
      'int64',
      [-9007199254740991, '-9223372036854775808', '9223372036854775807'],
      BigInt64Array.of(-9007199254740991n, -(2n ** 63n), 2n ** 63n - 1n),
    ],
    ['uint8', [0, 255], Uint8Array.of(0, 255)],
    ['uint16', [0, 65535], Uint16Array.of(0, 65535)],
    ['uint32', [0, 4294967295], Uint32Array.of(0, 4294967295)],
    ['uint64', [0, '18446744073709551615'], BigUint64Array.of(0n, 2n ** 64n - 1n)],
    ['bool', [true, false, 1, 0], Uint8Array.of(1, 0, 1, 0)],
    ['string', ['', 'é', 'a b'], ['', 'é', 'a b']],
  ];
  for (const [dtype, values, data] of accepted) {
    it(`are read to the ends of their range: ${dtype}`, () => {
      assert.deepEqual(read(values, one(dtype, [null])), [{ data, dims: [values.length] }]);
    });
  }

  const refused: readonly (readonly [Dtype, readonly unknown[]])[] = [
    ['float32', [3.5e38, Infinity, NaN, null, '1', true, [1]]],
    ['float64', [Infinity, null, '1']],
    ['float16', [65520, -65520, NaN, null]],
    ['int8', [-129, 128, 0.5, '1', NaN]],
    ['int16', [-32769, 32768]],
    ['int32', [-2147483649, 2147483648]],
    [
      'int64',
      [2 ** 53, '9223372036854775808', '-9223372036854775809', '', ' 1', '1.0', '0x1', '1n', 0.5],
    ],
    ['uint8', [-1, 256]],
    ['uint16', [-1, 65536]],
    ['uint32', [-1, 4294967296]],
    ['uint64', [-1, '-1', '18446744073709551616']],
    ['bool', [2, -1, 'true', null]],
    ['string', ['a\0', 1, null]],
  ];
  for (const [dtype, values] of refused) {
    it(`are refused outside of it, with their place: ${dtype}`, () => {
      for (const value of values) {
        const good = accepted.find(([name]) => name === dtype)![1][0];
        const message = refusalOf([good, value], one(dtype, [2]));
        assert.match(message, /^input\[1\] must be (a number|a whole number|true or|a text)/);
      }
    });
  }

  it('are refused with what was got: a text for a number', () => {
    assert.equal(
      refusalOf({ x: ['40'] }, one('uint8', [1])),
      'input.x[0] must be a whole number from 0 to 255, got "40".',
    );
  });
});

describe('the shape of a tensor', () => {
  const refusals: readonly (readonly [TensorSpec['shape'], unknown, string])[] = [
    [[], [1], 'input must be a number in the range of float32, got a list.'],
    [[2], 1, 'input must be a list of 2 in the shape [2], got 1.'],
    [[2], [1], 'input must be a list of 2 in the shape [2], got a list of 1.'],
    [[null], [], 'input must be a list of at least 1 in the shape [?], got an empty list.'],
    [[2, 2], [1, 2, 3], 'input must be 4 elements, flat or nested as [2, 2], got 3 elements.'],
    [[2, 2], [[1, 2], 3], 'input[1] must be a list of 2 in the shape [2, 2], got 3.'],
    [[2, 2], [[1, 2], [3]], 'input[1] must be a list of 2 in the shape [2, 2], got a list of 1.'],
    [
      [2, 2],
      [
        [1, [2]],
        [3, 4],
      ],
      'input[0][1] must be a number in the range of float32, got a',
    ],
    [[null, 2], [1, 2], 'input[0] must be a list of 2 in the shape [?, 2], got 1.'],
    [
      [2, null],
      [[1], [2, 3]],
      'input[1] must be a list of 1 in the shape [2, 1], got a list of 2.',
    ],
    [[2, null], [], 'input must be a list of 2 in the shape [2, ?], got an empty list.'],
    [[1, 1, null], [[[]]], 'input[0][0] must be a list of at least 1 in the shape [1, 1, ?], got'],
  ];
  for (const [shape, value, words] of refusals) {
    it(`is checked: ${JSON.stringify(value)} for ${JSON.stringify(shape)}`, () => {
      const message = refusalOf(value, one('float32', shape));

      assert.ok(message.startsWith(words), message);
    });
  }

  it('has a limit, which is looked at before there is memory for it', () => {
    const tall = [new Array<number>(2_000).fill(0), ...new Array<number[]>(1_999).fill([])];

    assert.equal(
      refusalOf(tall, one('float32', [null, null])),
      `input must be at most ${tensorElementsMax} elements, got 4000000, shaped [2000, 2000].`,
    );
  });

  it('has no limit to the depth of what is refused', () => {
    const deep = JSON.parse('['.repeat(5_000) + ']'.repeat(5_000)) as unknown;

    assert.match(refusalOf(deep, one('float32', [1, 1])), /^input\[0\]\[0\] must be a number/);
  });
});
