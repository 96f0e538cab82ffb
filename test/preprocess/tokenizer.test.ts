import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { InvalidBundleError, InvalidInputError } from '../../src/errors.js';
import type { TokenizerPreprocess } from '../../src/preprocess/preprocess-spec.js';
import { createTokenizerPreprocessor } from '../../src/preprocess/tokenizer.js';
import { encodeText } from '../../src/task/text-codec.js';
import { readFixture } from '../support/read-fixture.js';

interface Encoded {
  readonly tokenizer: Readonly<Record<string, unknown>>;
  readonly rows: readonly { text: string; ids: number[]; typeIds: number[] }[];
}

/** By the Rust library, cut to 12 tokens: see fixtures/tokenizers-oracle.py. */
const oracle = readFixture('preprocess/fixtures/tokenizers.json') as Record<string, Encoded>;
const bert = oracle['WordPiece as BERT']!.tokenizer;
const gpt2 = oracle['byte-level BPE as GPT-2']!.tokenizer;
const words = oracle['words by Whitespace']!.tokenizer;

const specFor = (changes: Partial<TokenizerPreprocess> = {}): TokenizerPreprocess => ({
  kind: 'tokenizer',
  file: 'tokenizer.json',
  configFile: null,
  tokensMax: 12,
  padToMultipleOf: 1,
  inputIds: 'input_ids',
  attentionMask: 'attention_mask',
  tokenTypeIds: 'token_type_ids',
  ...changes,
});

interface Question {
  readonly tokenizer?: unknown;
  readonly config?: unknown;
  readonly changes?: Partial<TokenizerPreprocess>;
}

/** The numbers of each tensor, by its name. */
function encode(
  text: string,
  { tokenizer = bert, config = null, changes = {} }: Question = {},
): Record<string, number[]> {
  const preprocessor = createTokenizerPreprocessor(specFor(changes), { tokenizer, config });
  const tensors = preprocessor.prepare(encodeText(text));
  assert.deepEqual(
    tensors.map(({ name }) => name),
    preprocessor.tensorNames,
  );
  const named = tensors.map(({ name, dtype, data, dims }) => {
    assert.equal(dtype, 'int64');
    assert.ok(data instanceof BigInt64Array);
    assert.deepEqual(dims, [data.length]);
    return [name, [...data].map(Number)] as const;
  });
  return Object.fromEntries(named);
}

describe('tokens', () => {
  for (const [name, { tokenizer, rows }] of Object.entries(oracle)) {
    it(`are those of the Rust library, cut before its last special tokens: ${name}`, () => {
      for (const { text, ids, typeIds } of rows) {
        const tensors = encode(text, { tokenizer });

        assert.deepEqual(tensors['input_ids'], ids, text);
        assert.deepEqual(tensors['token_type_ids'], typeIds, text);
        assert.deepEqual(tensors['attention_mask'], new Array(ids.length).fill(1));
      }
    });
  }

  it('are filled up to a multiple with the pad token, which the mask leaves out', () => {
    const tensors = encode('hello world', { changes: { padToMultipleOf: 8 } });

    assert.deepEqual(tensors, {
      input_ids: [2, 4, 5, 3, 0, 0, 0, 0],
      attention_mask: [1, 1, 1, 1, 0, 0, 0, 0],
      token_type_ids: [1, 0, 0, 0, 0, 0, 0, 0],
    });
  });

  it('are never filled up beyond the largest number of them', () => {
    const changes = { padToMultipleOf: 8, tokensMax: 10 };

    assert.equal(encode('hello '.repeat(7), { changes })['input_ids']!.length, 10);
    assert.equal(encode('hello '.repeat(99), { changes })['input_ids']!.length, 10);
  });

  it('come under the names of the model, and only those that it has', () => {
    const changes = { inputIds: 'ids', attentionMask: null, tokenTypeIds: null };

    assert.deepEqual(Object.keys(encode('hello', { changes })), ['ids']);
  });

  const pads: readonly (readonly [string, Question, number])[] = [
    ['of the padding in tokenizer.json', { tokenizer: { ...bert, padding: { pad_id: 9 } } }, 9],
    ['of tokenizer_config.json', { config: { pad_token: '[SEP]' } }, 3],
    ['of tokenizer_config.json, as an object', { config: { pad_token: { content: '[SEP]' } } }, 3],
    ['called <pad>', { tokenizer: oracle['Unigram as T5']!.tokenizer }, 0],
    ['called [PAD]', { tokenizer: withPadAt(7) }, 7],
    ['0 where there is none', { tokenizer: gpt2 }, 0],
  ];
  for (const [what, question, pad] of pads) {
    it(`take the pad token ${what}`, () => {
      const tensors = encode('x', { ...question, changes: { padToMultipleOf: 12 } });

      assert.equal(tensors['input_ids']!.at(-1), pad);
      assert.equal(tensors['attention_mask']!.at(-1), 0);
    });
  }

  it('do not change with the padding and truncation that the file has for training', () => {
    const tokenizer = {
      ...bert,
      truncation: { direction: 'Right', max_length: 3, strategy: 'LongestFirst', stride: 0 },
      padding: { strategy: { Fixed: 64 }, direction: 'Left', pad_id: 0, pad_token: '[PAD]' },
    };

    assert.deepEqual(encode('hello world', { tokenizer })['input_ids'], [2, 4, 5, 3]);
  });

  it('of a text that has none are an error of its caller', () => {
    assert.throws(() => encode('   ', { tokenizer: words }), InvalidInputError);
  });

  it('of unknown words are one, or the error of a caller where the tokenizer has none', () => {
    assert.deepEqual(encode('hello strangers', { tokenizer: words })['input_ids'], [1, 0]);
    const model = { type: 'WordLevel', vocab: { hello: 0 } };
    const strict = { ...words, model };
    assert.throws(() => encode('hello strangers', { tokenizer: strict }), InvalidInputError);
  });
});

/** The tokenizer of BERT with [PAD] at another number. */
function withPadAt(id: number): unknown {
  const { vocab, ...model } = bert['model'] as { vocab: Record<string, number> };
  const added = bert['added_tokens'] as readonly { id: number; content: string }[];
  return {
    ...bert,
    model: { ...model, vocab: { ...vocab, '[PAD]': id } },
    added_tokens: added.map((token) => (token.content === '[PAD]' ? { ...token, id } : token)),
  };
}

describe('a long text', () => {
  const changes = { tokensMax: 512 };
  const ids = (text: string): number[] => encode(text, { changes })['input_ids']!;

  it('is looked at far enough to fill all tokens', () => {
    const text = 'unaffable '.repeat(2_000);

    const tokens = ids(text);

    assert.deepEqual(tokens, [2, ...new Array<number[]>(170).fill([6, 7, 8]).flat(), 3]);
  });

  it('is not looked at further: 10 units a token, and 256', () => {
    const pause = ' '.repeat(10 * 512 + 256 - 5);

    assert.deepEqual(ids(`hello${pause}`), [2, 4, 3]);
    assert.deepEqual(ids(`${pause}hello`), [2, 4, 3]);
    assert.deepEqual(ids(`${pause} hello`), [2, 1, 3]); // hell
  });

  it('is not cut inside a pair of surrogates, which would be one token more', () => {
    const text = `hello${' '.repeat(10 * 512 + 256 - 6)}🙂`;

    assert.deepEqual(encode(text, { tokenizer: words, changes })['input_ids'], [1]);
  });

  it('does not hold up the event loop, though it was made for that', () => {
    const hostile = `${'a'.repeat(99)}ж `.repeat(200);
    const startedMs = performance.now();

    ids(hostile);

    assert.ok(performance.now() - startedMs < 2_000);
  });
});

describe('a tokenizer', () => {
  const template = {
    type: 'TemplateProcessing',
    single: [
      { SpecialToken: { id: '[START]', type_id: 0 } },
      { Sequence: { id: 'A', type_id: 0 } },
    ],
    pair: [],
    special_tokens: {},
  };
  const split = (behavior: string) => ({ type: 'Split', pattern: { String: ' ' }, behavior });
  const refusals: readonly (readonly [string, Question, RegExp])[] = [
    ['that is a list', { tokenizer: [] }, /tokenizer\.json is no tokenizer\.json/],
    ['without a model', { tokenizer: { added_tokens: [] } }, /model/],
    [
      'with a step nobody knows',
      { tokenizer: { ...bert, normalizer: { type: 'Nmt' } } },
      /can not be used: Unknown Normalizer type: Nmt/,
    ],
    ['with a list for a configuration', { config: [] }, /configuration can not be used/],
    [
      'of a kind nobody knows',
      { tokenizer: { ...bert, model: { ...(bert['model'] as object), type: 'Frob' } } },
      /expected one of "BPE"\|"Unigram"\|"WordLevel"\|"WordPiece"[^]*model\.type/,
    ],
    ['with an empty model', { tokenizer: { ...bert, model: {} } }, /can not be used/],
    [
      'that adds a token it has not',
      { tokenizer: { ...bert, post_processor: template } },
      /adds the token \[START\], but has no number/,
    ],
    [
      'that leaves the text out',
      { tokenizer: { ...bert, post_processor: { ...template, single: [] } } },
      /post_processor of tokenizer\.json drops the text/,
    ],
    ['with more special tokens than fit', { changes: { tokensMax: 2 } }, /leaves no room beside/],
    [
      'that cuts at the start',
      { tokenizer: { ...bert, truncation: { direction: 'Left' } } },
      /save it with Right/,
    ],
    [
      'with a Split that the library takes otherwise',
      {
        tokenizer: {
          ...bert,
          pre_tokenizer: { type: 'Sequence', pretokenizers: [split('MergedWithNext')] },
        },
      },
      /Split with the behavior mergedwithnext, which is not supported/,
    ],
    [
      'with Punctuation that the library takes otherwise',
      { tokenizer: { ...bert, pre_tokenizer: { type: 'Punctuation', behavior: 'Removed' } } },
      /Punctuation with the behavior removed/,
    ],
  ];
  for (const [what, question, message] of refusals) {
    it(`is refused ${what}`, () => {
      assert.throws(
        () => encode('hello', question),
        (error) => error instanceof InvalidBundleError && message.test(error.message),
      );
    });
  }
});
