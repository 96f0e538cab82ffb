import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createHashedNgramsPreprocessor } from '../../src/preprocess/hashed-ngrams.js';
import { fnv1a } from '../../src/preprocess/ngram-hashes.js';
import type { HashedNgramsPreprocess } from '../../src/preprocess/preprocess-spec.js';
import { encodeText } from '../../src/task/text-codec.js';
import { assertNearAll } from '../support/assert-near-all.js';
import { readFixture } from '../support/read-fixture.js';

/** In plain Python: see fixtures/hashed_ngrams.py. */
const oracle = readFixture('preprocess/fixtures/hashed_ngrams.json') as readonly {
  spec: {
    buckets: number;
    words: [number, number] | null;
    characters: [number, number] | null;
    lower: boolean;
  };
  text: string;
  buckets: number[];
  weights: number[];
}[];

const sparse = { kind: 'sparse', ids: 'ids', weights: 'weights' } as const;
const dense = { kind: 'dense', input: 'x' } as const;
const specFor = (changes: Partial<HashedNgramsPreprocess> = {}): HashedNgramsPreprocess => ({
  kind: 'hashed-ngrams',
  buckets: 2 ** 18,
  words: [1, 1],
  characters: null,
  isLowerCased: true,
  form: sparse,
  ...changes,
});

/** Sparse: [ids, weights]. */
function prepare(
  text: string,
  changes: Partial<HashedNgramsPreprocess> = {},
): readonly [number[], number[]] {
  const preprocessor = createHashedNgramsPreprocessor(specFor(changes));
  const [ids, weights] = preprocessor.prepare(encodeText(text));
  assert.ok(ids!.data instanceof BigInt64Array && weights!.data instanceof Float32Array);
  return [[...ids!.data].map(Number), [...weights!.data]];
}

describe('FNV-1a', () => {
  // From the appendix of draft-eastlake-fnv.
  const vectors: Readonly<Record<string, number>> = {
    '': 0x811c9dc5,
    a: 0xe40c292c,
    b: 0xe70c2de5,
    foobar: 0xbf9cf968,
  };
  for (const [text, hash] of Object.entries(vectors)) {
    it(`of "${text}" is ${hash.toString(16)}`, () => assert.equal(fnv1a(encodeText(text)), hash));
  }
});

describe('hashed n-grams', () => {
  for (const { spec, text, buckets, weights } of oracle) {
    const { words, characters, lower } = spec;
    const name = `${JSON.stringify(spec)} of ${JSON.stringify(text.slice(0, 40))}`;
    it(`are those of Python: ${name}`, () => {
      const changes = { buckets: spec.buckets, words, characters, isLowerCased: lower };

      const [ids, values] = prepare(text, changes);

      assert.deepEqual(ids.slice(0, buckets.length), buckets);
      assertNearAll(values.slice(0, buckets.length), weights, 1e-7);
      const isFiller = (value: number): boolean => value === 0;
      assert.ok(ids.slice(buckets.length).every(isFiller));
      assert.ok(values.slice(buckets.length).every(isFiller));
    });
  }

  it('are filled up to the next power of two, at least 16', () => {
    const words = (count: number) => Array.from({ length: count }, (_, n) => `w${n}`).join(' ');
    for (const [count, length] of [
      [0, 16],
      [1, 16],
      [16, 16],
      [17, 32],
      [32, 32],
      [33, 64],
    ] as const) {
      assert.equal(prepare(words(count))[0].length, length, `${count} words`);
    }
  });

  it('are one long tensor in the dense form, with the same weights', () => {
    const text = 'the cat and the dog and the bird';
    const [ids, values] = prepare(text, { buckets: 100 });
    const expected = new Float32Array(100);
    ids.forEach((bucket, k) => {
      if (values[k] !== 0) expected[bucket] = values[k]!;
    });

    const preprocessor = createHashedNgramsPreprocessor(specFor({ buckets: 100, form: dense }));
    const tensors = preprocessor.prepare(encodeText(text));

    assert.deepEqual(preprocessor.tensorNames, ['x']);
    assert.deepEqual(tensors, [{ name: 'x', dtype: 'float32', data: expected, dims: [100] }]);
    assert.equal(expected.filter((weight) => weight > 0).length, 5);
  });

  it('have the names and types that the model asks for in the sparse form', () => {
    const preprocessor = createHashedNgramsPreprocessor(specFor());

    const tensors = preprocessor.prepare(encodeText('hello'));

    assert.deepEqual(preprocessor.tensorNames, ['ids', 'weights']);
    assert.deepEqual(
      tensors.map(({ name, dtype, dims }) => [name, dtype, dims]),
      [
        ['ids', 'int64', [16]],
        ['weights', 'float32', [16]],
      ],
    );
  });

  it('of words and of characters never count as the same', () => {
    const spaced = { words: [1, 1], characters: null } as const;
    const [words] = prepare('ab', spaced);
    const [characters] = prepare('ab', { words: null, characters: [2, 2] });

    assert.ok(!characters.slice(0, 3).includes(words[0]!));
  });

  it('of one text do not change with those before it', () => {
    const preprocessor = createHashedNgramsPreprocessor(specFor({ buckets: 64 }));
    const first = preprocessor.prepare(encodeText('hello world hello'));

    preprocessor.prepare(encodeText('another text of many other words, world'));

    assert.deepEqual(preprocessor.prepare(encodeText('hello world hello')), first);
  });

  it('are scaled to length 1', () => {
    const [, weights] = prepare('to be or not to be', { words: [1, 3], characters: [1, 5] });

    const length = Math.sqrt(weights.reduce((sum, weight) => sum + weight * weight, 0));

    assert.ok(Math.abs(length - 1) < 1e-6);
  });
});
