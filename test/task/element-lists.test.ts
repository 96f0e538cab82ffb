import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Dtype } from '../../src/task/dtype.js';
import { inputOfLists } from '../../src/task/element-lists.js';
import type { TensorInput } from '../../src/task/task.js';
import { decodeTensors } from '../../src/task/tensor-codec.js';

type Shape = readonly (number | null)[];
const tensorOf = (dtype: Dtype, shape: Shape): TensorInput => ({
  kind: 'tensor',
  tensors: [{ name: 'x', dtype, shape }],
});

/** [elements, dims], or what is wrong. */
function read(value: unknown, dtype: Dtype, shape: Shape): unknown {
  const input = tensorOf(dtype, shape);
  const bytes = inputOfLists(value, input);
  if (typeof bytes === 'string') return bytes;
  const [{ data, dims }] = decodeTensors(bytes, input) as [ReturnType<typeof decodeTensors>[0]];
  return [[...data], dims];
}

describe('tensors in one cell of a table', () => {
  for (const [what, value, dtype, shape, elements, dims] of [
    [
      'nested as a prediction has them',
      [
        [1, 2],
        [3, 4],
      ],
      'float32',
      [2, 2],
      [1, 2, 3, 4],
      [2, 2],
    ],
    ['of several open axes', [[1], [2], [3]], 'int8', [null, null], [1, 2, 3], [3, 1]],
    ['flat, of axes that are nested', [1, 2, 3, 4], 'float32', [null, 2], [1, 2, 3, 4], [2, 2]],
    [
      'nested, of one axis',
      [
        [1, 2],
        [3, 4],
      ],
      'float32',
      [4],
      [1, 2, 3, 4],
      [4],
    ],
    ['of numbers as texts', ['1', ' 2.5'], 'float64', [2], [1, 2.5], [2]],
    [
      'of whole numbers that a number rounds',
      ['9007199254740993'],
      'int64',
      [1],
      [2n ** 53n + 1n],
      [1],
    ],
    ['of bigints, as Parquet has them', [3n, 4n], 'float32', [2], [3, 4], [2]],
    ['a lone number', '7', 'int32', [], [7], []],
    ['a lone number in a list', 7n, 'int64', [1], [7n], [1]],
    ['texts, which stay what they are', ['1', 'b'], 'string', [2], ['1', 'b'], [2]],
  ] as const)
    it(`are read ${what}`, () => {
      assert.deepEqual(read(value, dtype, shape), [elements, dims]);
    });

  for (const [what, value, shape, problem] of [
    [
      'of other lengths',
      [1, 2, 3],
      [2],
      /is wrong: x must be .* of 2 in the shape \[2\], got .* of 3/,
    ],
    [
      'of lists that differ in length',
      [[1, 2], [3, 4, 5], [6]],
      [3, 2],
      /x\[1\] must be .* got a list of 3/,
    ],
    [
      'of lists that differ in length, open',
      [[1, 2], [3]],
      [null, 2],
      /x\[1\] must be a list of 2/,
    ],
    ['with a cell that is no number', ['1', 'NA'], [2], /x\[1\] must be a number .*, got "NA"/],
    ['empty', [], [null], /x must be a list of at least 1/],
    [
      'nested further than any tensor',
      JSON.parse(`${'['.repeat(5000)}1${']'.repeat(5000)}`),
      [1],
      /./,
    ],
    ['by another name', { y: [1] }, [1], /^must have the tensor x\.$/],
  ] as [string, unknown, Shape, RegExp][])
    it(`are refused ${what}`, () => {
      assert.match(String(read(value, 'float32', shape)), problem);
    });

  it('are several by their names', () => {
    const tensors = [
      { name: 'a', dtype: 'float32', shape: [2] },
      { name: 'b', dtype: 'bool', shape: [] },
    ] as const;
    const input: TensorInput = { kind: 'tensor', tensors };

    const bytes = inputOfLists({ b: 'true', a: [1, 2] }, input);

    const [a, b] = decodeTensors(bytes as Uint8Array, input);
    assert.deepEqual([[...a!.data], [...b!.data]], [[1, 2], [1]]);
    assert.equal(inputOfLists([1, 2], input), 'must have the tensor a.');
  });
});
