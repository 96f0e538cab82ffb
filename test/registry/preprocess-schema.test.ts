import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { InvalidBundleError } from '../../src/errors.js';
import { parseManifest, type WrittenManifest } from '../../src/registry/bundle-schema.js';
import type { InputSpec } from '../../src/task/task.js';

const grey: InputSpec = { kind: 'image', width: 4, height: 2, channels: 1 };
const rgb: InputSpec = { ...grey, channels: 3 };
const text: InputSpec = { kind: 'text', charsMax: 100 };
const tensor: InputSpec = {
  kind: 'tensor',
  tensors: [{ name: 'x', dtype: 'float32', shape: [2] }],
};
const dense = { kind: 'dense', input: 'x' };

/** As a person would write it: nothing that may be left out. */
const parsed = (input: InputSpec, preprocess?: unknown): WrittenManifest =>
  parseManifest(
    {
      format: 'understudy-bundle/1',
      model: {},
      labels: ['no', 'yes'],
      input,
      ...(preprocess === undefined ? {} : { preprocess }),
    },
    'manifest.json',
  );

describe('the preprocessing of a manifest', () => {
  const filled: readonly {
    readonly name: string;
    readonly input: InputSpec;
    readonly written?: unknown;
    readonly expected: unknown;
  }[] = [
    {
      name: 'of grey images is none, where it is left out',
      input: grey,
      expected: {
        ...{ kind: 'image', width: 4, height: 2, resize: 'bilinear', layout: 'flat' },
        ...{ channelOrder: 'rgb', scale: 1, mean: [0], std: [1] },
      },
    },
    {
      name: 'of RGB images has a mean and a std for each channel',
      input: rgb,
      written: { kind: 'image', layout: 'nchw', scale: 255, width: 224, height: 112 },
      expected: {
        ...{ kind: 'image', width: 224, height: 112, resize: 'bilinear', layout: 'nchw' },
        ...{ channelOrder: 'rgb', scale: 255, mean: [0, 0, 0], std: [1, 1, 1] },
      },
    },
    {
      name: 'of images is what is written',
      input: rgb,
      written: {
        ...{ kind: 'image', width: 8, height: 8, resize: 'nearest', layout: 'nhwc' },
        ...{ channelOrder: 'bgr', scale: 2, mean: [0.1, 0.2, 0.3], std: [1, 2, 3] },
      },
      expected: {
        ...{ kind: 'image', width: 8, height: 8, resize: 'nearest', layout: 'nhwc' },
        ...{ channelOrder: 'bgr', scale: 2, mean: [0.1, 0.2, 0.3], std: [1, 2, 3] },
      },
    },
    {
      name: 'by n-grams counts words and characters in lower case',
      input: text,
      written: { kind: 'hashed-ngrams', buckets: 4096, form: dense },
      expected: {
        ...{ kind: 'hashed-ngrams', buckets: 4096, words: [1, 2], characters: [3, 5] },
        ...{ isLowerCased: true, form: dense },
      },
    },
    {
      name: 'by n-grams may leave out words',
      input: text,
      written: {
        ...{ kind: 'hashed-ngrams', buckets: 16, words: null, characters: [1, 1] },
        ...{ isLowerCased: false, form: { kind: 'sparse', ids: 'i', weights: 'w' } },
      },
      expected: {
        ...{ kind: 'hashed-ngrams', buckets: 16, words: null, characters: [1, 1] },
        ...{ isLowerCased: false, form: { kind: 'sparse', ids: 'i', weights: 'w' } },
      },
    },
    {
      name: 'by a tokenizer reads tokenizer.json into BERT’s inputs',
      input: text,
      written: { kind: 'tokenizer' },
      expected: {
        ...{ kind: 'tokenizer', file: 'tokenizer.json', configFile: null, tokensMax: 128 },
        ...{ padToMultipleOf: 16, inputIds: 'input_ids', attentionMask: 'attention_mask' },
        tokenTypeIds: null,
      },
    },
    { name: 'of tensors is none', input: tensor, expected: { kind: 'tensor' } },
    {
      name: 'of tensors may be written',
      input: tensor,
      written: { kind: 'tensor' },
      expected: { kind: 'tensor' },
    },
  ];
  for (const { name, input, written, expected } of filled)
    it(name, () => assert.deepEqual(parsed(input, written).preprocess, expected));

  const ngrams = { kind: 'hashed-ngrams', buckets: 64, form: dense };
  const refused: readonly (readonly [string, InputSpec, unknown, RegExp])[] = [
    ['is left out for texts', text, undefined, /preprocess is missing: .*tokenizer.*hashed-ngrams/],
    ['is of no known kind', grey, { kind: 'resnet' }, /preprocess\.kind/],
    ['is one of images for texts', text, { kind: 'image' }, /image.*text needs hashed-ngrams or/],
    ['is one of texts for images', grey, ngrams, /hashed-ngrams.*image needs image/],
    ['is one of images for tensors', tensor, { kind: 'image' }, /image.*tensor needs tensor/],
    ['is one of tensors for images', grey, { kind: 'tensor' }, /tensor.*image needs image/],
    ['is one of tensors for texts', text, { kind: 'tensor' }, /tensor.*text needs hashed-ngrams/],
    ['has too few means', rgb, { kind: 'image', mean: [0] }, /must have 3 numbers, one for each/],
    ['has too many stds', grey, { kind: 'image', std: [1, 1] }, /must have 1 numbers/],
    ['divides by 0', grey, { kind: 'image', std: [0] }, /preprocess\.std/],
    ['has an unknown field', grey, { kind: 'image', colour: 1 }, /preprocess.*colour/s],
    ['has a size of 0', grey, { kind: 'image', width: 0 }, /preprocess\.width/],
    ['has an unknown layout', grey, { kind: 'image', layout: 'hwc' }, /preprocess\.layout/],
    ['has too few buckets', text, { ...ngrams, buckets: 15 }, /preprocess\.buckets/],
    ['has n-grams the wrong way round', text, { ...ngrams, words: [2, 1] }, /preprocess\.words/],
    [
      'counts nothing',
      text,
      { ...ngrams, words: null, characters: null },
      /preprocess\.words.*can not both be null/,
    ],
    ['has no form', text, { kind: 'hashed-ngrams', buckets: 64 }, /preprocess\.form/],
    ['has a file with a path', text, { kind: 'tokenizer', file: '../t.json' }, /preprocess\.file/],
    ['has one token', text, { kind: 'tokenizer', tokensMax: 1 }, /preprocess\.tokensMax/],
  ];
  for (const [name, input, written, message] of refused)
    it(`is refused where it ${name}`, () => {
      assert.throws(
        () => parsed(input, written),
        (error) => {
          assert.ok(error instanceof InvalidBundleError);
          assert.match(error.message, /^manifest\.json has problems:\n- /);
          assert.match(error.message, message);
          return true;
        },
      );
    });

  for (const name of ['model.onnx', 'manifest.json', 'evaluation.json'])
    it(`is refused where a file of it has the gateway’s own name, ${name}`, () => {
      for (const field of ['file', 'configFile'])
        assert.throws(() => parsed(text, { kind: 'tokenizer', [field]: name }), /must not be/);
    });
});
