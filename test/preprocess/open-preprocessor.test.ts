import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { InvalidBundleError } from '../../src/errors.js';
import { openPreprocessor } from '../../src/preprocess/open-preprocessor.js';
import type { PreprocessSpec } from '../../src/preprocess/preprocess-spec.js';
import { encodeText } from '../../src/task/text-codec.js';
import type { ImageInput, TensorInput, TextInput } from '../../src/task/task.js';
import { readFixture } from '../support/read-fixture.js';

const inputs: Readonly<Record<string, ImageInput | TextInput | TensorInput>> = {
  image: { kind: 'image', width: 2, height: 2, channels: 1 },
  text: { kind: 'text', charsMax: 100 },
  tensor: { kind: 'tensor', tensors: [{ name: 'age', dtype: 'float32', shape: [] }] },
};
const specs = {
  image: {
    kind: 'image',
    width: 2,
    height: 2,
    resize: 'bilinear',
    layout: 'nchw',
    channelOrder: 'rgb',
    scale: 1,
    mean: [0],
    std: [1],
  },
  'hashed-ngrams': {
    kind: 'hashed-ngrams',
    buckets: 64,
    words: [1, 1],
    characters: null,
    isLowerCased: true,
    form: { kind: 'dense', input: 'ngrams' },
  },
  tokenizer: {
    kind: 'tokenizer',
    file: 'tokenizer.json',
    configFile: 'tokenizer_config.json',
    tokensMax: 16,
    padToMultipleOf: 8,
    inputIds: 'input_ids',
    attentionMask: 'attention_mask',
    tokenTypeIds: null,
  },
  tensor: { kind: 'tensor' },
} as const satisfies Record<string, PreprocessSpec>;

const oracle = readFixture('preprocess/fixtures/tokenizers.json') as Record<
  string,
  { tokenizer: unknown }
>;
const fileOf = (json: unknown): Uint8Array => encodeText(JSON.stringify(json));
const files = new Map([
  ['tokenizer.json', fileOf(oracle['WordPiece as BERT']!.tokenizer)],
  ['tokenizer_config.json', fileOf({ pad_token: '[PAD]' })],
]);
const open = (input: string, spec: PreprocessSpec, present = files) =>
  openPreprocessor(inputs[input]!, spec, { files: present, imageInputName: 'pixels' });

const fitting: Readonly<Record<string, readonly [string, readonly string[]]>> = {
  image: ['image', ['pixels']],
  'hashed-ngrams': ['text', ['ngrams']],
  tokenizer: ['text', ['input_ids', 'attention_mask']],
  tensor: ['tensor', ['age']],
};

describe('the preprocessing of a bundle', () => {
  for (const [kind, spec] of Object.entries(specs)) {
    const [fit, tensorNames] = fitting[kind]!;
    it(`by ${kind} takes ${fit} inputs`, async () => {
      assert.deepEqual((await open(fit, spec)).tensorNames, tensorNames);
    });

    for (const input of Object.keys(inputs).filter((name) => name !== fit)) {
      it(`by ${kind} is refused for ${input} inputs, with what would fit`, async () => {
        await assert.rejects(
          open(input, spec),
          (error) =>
            error instanceof InvalidBundleError &&
            error.message.startsWith(
              `The preprocessing "${kind}" can not take the task's inputs, of kind "${input}".`,
            ),
        );
      });
    }
  }

  it('reads no tokenizer_config.json where the manifest names none', async () => {
    const alone = new Map([['tokenizer.json', files.get('tokenizer.json')!]]);

    await open('text', { ...specs.tokenizer, configFile: null }, alone);

    await assert.rejects(
      open('text', specs.tokenizer, alone),
      /needs tokenizer_config\.json, which is not in the bundle/,
    );
  });

  it('is refused for a tokenizer that is no JSON', async () => {
    const broken = new Map([...files, ['tokenizer.json', encodeText('{"model":')]]);

    await assert.rejects(
      open('text', specs.tokenizer, broken),
      (error) => error instanceof InvalidBundleError && /is no JSON/.test(error.message),
    );
  });
});
