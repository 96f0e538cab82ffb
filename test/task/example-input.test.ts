import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseInput } from '../../src/http/parse-input.js';
import { openPreprocessor } from '../../src/preprocess/open-preprocessor.js';
import type { PreprocessSpec } from '../../src/preprocess/preprocess-spec.js';
import { dtypes } from '../../src/task/dtype.js';
import { exampleInput } from '../../src/task/example-input.js';
import { jsonOfInput } from '../../src/task/input-json.js';
import type { ImageInput, InputSpec, TensorInput } from '../../src/task/task.js';
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
    it(`of kind ${spec.kind} is accepted by the preprocessing ${preprocess.kind}`, () => {
      const files = new Map([['tokenizer.json', tokenizer]]);
      const preprocessor = openPreprocessor(spec, preprocess, { files, imageInputName: 'x' });

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
});
