import { decodeText } from '../task/text-codec.js';
import { visitNgramHashes } from './ngram-hashes.js';
import type { HashedNgramsPreprocess } from './preprocess-spec.js';
import type { Preprocessor, RowTensor } from './preprocessor.js';

/** Sparse rows are at least so long: few lengths, so that texts can share a run. */
const sparseLengthMin = 16;

/**
 * Creates the preprocessing of texts by hashed n-grams. A trainer elsewhere can repeat it:
 * `test/preprocess/fixtures/hashed_ngrams.py` does, in plain Python.
 *
 * 1. Lower case, where asked, by Unicode's default rules. No other normalisation.
 * 2. Words are the runs of letters, marks and numbers (categories L, M, N); all else parts them.
 * 3. Word n-grams are neighbouring words joined by one space. Character n-grams are runs of code
 *    points of a word with one space on each side; they never reach into the next word.
 * 4. The bucket of an n-gram is a hash modulo `buckets`: 32-bit FNV-1a of the byte `w` for words or
 *    `c` for characters, then of its UTF-8.
 * 5. A bucket that is met n times weighs 1 + ln(n). Then all weights are divided by their length:
 *
 *        weight[b] = (1 + ln n[b]) / sqrt(sum_b (1 + ln n[b])^2)
 *
 * Sparse buckets come in ascending order. A text without a word has no weights. 100 characters with
 * words [1, 2] and characters [2, 5] take about 45 microseconds.
 */
export function createHashedNgramsPreprocessor(spec: HashedNgramsPreprocess): Preprocessor {
  const { form } = spec;
  const counter = createCounter(spec.buckets);
  return {
    tensorNames: form.kind === 'dense' ? [form.input] : [form.ids, form.weights],
    prepare(input) {
      const text = decodeText(input);
      visitNgramHashes(spec.isLowerCased ? text.toLowerCase() : text, spec, counter.add);
      const row = weigh(counter.take());
      return form.kind === 'dense'
        ? [denseTensor(form.input, row, spec.buckets)]
        : sparseTensors(form, row);
    },
  };
}

interface Counts {
  /** Those met, ascending, and how often. */
  readonly buckets: Uint32Array;
  readonly counts: Uint32Array;
}

/** One memory for all texts, cleared after each where it was used: buckets may be a million. */
function createCounter(buckets: number) {
  const counts = new Uint32Array(buckets);
  let met: number[] = [];
  return {
    add: (hash: number): void => {
      const bucket = hash % buckets;
      if (counts[bucket]!++ === 0) met.push(bucket);
    },
    take(): Counts {
      const ascending = Uint32Array.from(met).sort();
      met = [];
      const taken = { buckets: ascending, counts: ascending.map((bucket) => counts[bucket]!) };
      for (const bucket of ascending) counts[bucket] = 0;
      return taken;
    },
  };
}

interface Row {
  readonly buckets: Uint32Array;
  readonly weights: Float64Array;
}

function weigh({ buckets, counts }: Counts): Row {
  const weights = Float64Array.from(counts, (count) => (count === 1 ? 1 : 1 + Math.log(count)));
  const length = Math.sqrt(weights.reduce((sum, weight) => sum + weight * weight, 0));
  return { buckets, weights: weights.map((weight) => weight / length) };
}

function denseTensor(name: string, { buckets, weights }: Row, size: number): RowTensor {
  const data = new Float32Array(size);
  for (let k = 0; k < buckets.length; k++) data[buckets[k]!] = weights[k]!;
  return { name, dtype: 'float32', data, dims: [size] };
}

function sparseTensors(
  form: { readonly ids: string; readonly weights: string },
  { buckets, weights }: Row,
): readonly RowTensor[] {
  const length = Math.max(sparseLengthMin, 2 ** Math.ceil(Math.log2(buckets.length)));
  const ids = new BigInt64Array(length);
  const low = new Uint32Array(ids.buffer); // Every second word: a bigint each would take longer.
  for (let k = 0; k < buckets.length; k++) low[2 * k] = buckets[k]!;
  const data = new Float32Array(length);
  data.set(weights);
  return [
    { name: form.ids, dtype: 'int64', data: ids, dims: [length] },
    { name: form.weights, dtype: 'float32', data, dims: [length] },
  ];
}
