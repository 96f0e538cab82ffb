import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseInput } from '../../src/http/parse-input.js';
import { openPreprocessor } from '../../src/preprocess/open-preprocessor.js';
import type { PreprocessSpec } from '../../src/preprocess/preprocess-spec.js';
import { dtypes } from '../../src/task/dtype.js';
import { exampleInput } from '../../src/task/example-input.js';
import { jsonOfInput } from '../../src/task/input-json.js';
import type { ImageInput, InputSpec, TensorInput } from '../../src/task/task.js';
import { decodeTensors, type TensorValue } from '../../src/task/tensor-codec.js';
import { tokenizerJson, vocabularyOf } from '../../loadtest/encoder/word-piece.js';
import { asTheyAre } from '../support/fake-bundle.js';

const image: ImageInput = { kind: 'image', width: 5, height: 3, channels: 3 };
const text = { kind: 'text', charsMax: 200 } as const;
const tensors: TensorInput = {
  kind: 'tensor',
  tensors: dtypes.flatMap((dtype) => [
    { name: `${dtype}-list`, dtype, shape: [null, 2] },
    { name: dtype, dtype, shape: [] },
  ]),
};
const form = { kind: 'dense', input: 'x' } as const;

/** Each way in which inputs become tensors. */
const ways: readonly (readonly [InputSpec, PreprocessSpec])[] = [
  [image, asTheyAre(image)],
  [image, { ...asTheyAre(image), width: 8, height: 8, layout: 'nchw', channelOrder: 'bgr' }],
  [
    text,
    {
      ...{ kind: 'hashed-ngrams', buckets: 64, words: [1, 2], characters: null },
      ...{ isLowerCased: true, form },
    },
  ],
  [
    text,
    {
      ...{ kind: 'tokenizer', file: 'tokenizer.json', configFile: null, tokensMax: 16 },
      ...{ padToMultipleOf: 4, inputIds: 'ids', attentionMask: 'mask', tokenTypeIds: null },
    },
  ],
  [tensors, { kind: 'tensor' }],
];
const tokenizer = Buffer.from(JSON.stringify(tokenizerJson(vocabularyOf(['hello', 'world']))));

describe('an example input', () => {
  for (const [spec, preprocess] of ways)
    it(`of kind ${spec.kind} is accepted by the preprocessing ${preprocess.kind}`, async () => {
      const files = new Map([['tokenizer.json', tokenizer]]);
      const preprocessor = await openPreprocessor(spec, preprocess, { files, imageInputName: 'x' });

      for (let seed = 0; seed < 20; seed++)
        for (const { data, dims } of preprocessor.prepare(exampleInput(spec, { seed })))
          assert.equal(
            data.length,
            dims.reduce((product, length) => product * length, 1),
          );
    });

  for (const spec of [image, text, { ...text, charsMax: 1 }, tensors])
    it(`of ${JSON.stringify(spec).slice(0, 40)} is what a caller could send`, () => {
      for (let seed = 0; seed < 20; seed++) {
        const input = exampleInput(spec, { seed });
        const sent = parseInput(jsonOfInput(input, spec), spec, 'input');

        assert.deepEqual(Buffer.from(sent), Buffer.from(input));
      }
    });

  it('is the same for the same seed, and another for another', () => {
    for (const spec of [image, text, tensors]) {
      assert.deepEqual(exampleInput(spec, { seed: 3 }), exampleInput(spec, { seed: 3 }));
      assert.notDeepEqual(exampleInput(spec, { seed: 3 }), exampleInput(spec, { seed: 4 }));
    }
  });

  it('has another range than most others, for images and for floats', () => {
    const spec = { ...image, width: 40, height: 40 };
    const floats: TensorInput = {
      kind: 'tensor',
      tensors: [{ name: 'x', dtype: 'float32', shape: [8] }],
    };
    const seeds = Array.from({ length: 8 }, (_, seed) => seed);

    const brightest = seeds.map((seed) => Math.max(...exampleInput(spec, { seed })));
    const largest = seeds.map((seed) =>
      Math.max(...(decodeTensors(exampleInput(floats, { seed }), floats)[0]!.data as Float32Array)),
    );

    assert.ok(new Set(brightest).size >= 4, brightest.join());
    assert.ok(new Set(largest).size >= 4, largest.join());
  });

  it('keeps ids and flags to zeros and ones', () => {
    const ids: TensorInput = {
      kind: 'tensor',
      tensors: [{ name: 'x', dtype: 'int64', shape: [9] }],
    };

    for (let seed = 0; seed < 20; seed++) {
      const [{ data }] = decodeTensors(exampleInput(ids, { seed }), ids) as [TensorValue];
      assert.deepEqual(new Set(data as BigInt64Array), new Set([0n, 1n]));
    }
  });

  it('is long for every fourth seed, where the length is free', () => {
    const list: TensorInput = {
      kind: 'tensor',
      tensors: [{ name: 'x', dtype: 'int64', shape: [null] }],
    };
    const lengths = [0, 1, 2, 3, 4, 5, 6, 7].map(
      (seed) => decodeTensors(exampleInput(list, { seed }), list)[0]!.data.length,
    );

    assert.deepEqual(lengths, [4, 4, 4, 8, 4, 4, 4, 8]);
    const wordsOf = (seed: number) =>
      Buffer.from(exampleInput(text, { seed })).toString('utf8').split(' ');
    assert.ok(wordsOf(3).length > 2 * wordsOf(2).length);
  });

  for (const [shapes, expected] of [
    [[[null]], [[4096]]],
    [
      [[null], [null]],
      [[4096], [4096]],
    ],
    [
      [[null, 64], [null]],
      [[64, 64], [64]],
    ],
    [[[3, null, null]], [[3, 36, 36]]],
    [[[5000, null]], [[5000, 4]]],
    [
      [[2], [3, 3]],
      [[2], [3, 3]],
    ],
  ] as const)
    it(`as large as can be of ${JSON.stringify(shapes)} has 4096 elements if open`, () => {
      const spec: TensorInput = {
        kind: 'tensor',
        tensors: shapes.map((shape, k) => ({ name: `x${k}`, dtype: 'float32', shape })),
      };

      const values = decodeTensors(exampleInput(spec, { isLargest: true }), spec);

      assert.deepEqual(
        values.map(({ dims }) => dims),
        expected,
      );
    });

  it('as large as can be of a text has all its characters', () => {
    assert.equal(exampleInput({ ...text, charsMax: 5000 }, { isLargest: true }).length, 5000);
  });
});
