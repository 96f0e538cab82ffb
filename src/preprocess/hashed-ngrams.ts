import { decodeText, encodeText } from '../task/text-codec.js';
import type { HashedNgramsPreprocess } from './preprocess-spec.js';
import type { Preprocessor, RowTensor } from './preprocessor.js';

const fnvBasis = 0x811c9dc5;
const fnvPrime = 0x01000193;
/** Hashed before an n-gram: words and characters that read the same are not the same. */
const wordMark = 0x77; // w
const characterMark = 0x63; // c
const space = 0x20;
/** Sparse rows are at least so long: few lengths, so that texts can share a run. */
const sparseLengthMin = 16;

/**
 * Creates the preprocessing of texts by hashed n-grams. `test/preprocess/fixtures/hashed_ngrams.py`
 * does the same in a few lines of plain Python, for trainers outside.
 *
 * 1. Lower case, where asked, by Unicode's default rules. No other normalisation.
 * 2. Words are the runs of letters, marks and numbers (categories L, M, N); all else parts them.
 * 3. Word n-grams are neighbouring words joined by one space. Character n-grams are runs of code
 *    points within ` word `, one space on each side included; never across words.
 * 4. The bucket of an n-gram is its 32-bit FNV-1a hash modulo `buckets`, over `w` or `c` and then
 *    its UTF-8.
 * 5. A bucket met n times weighs 1 + ln(n); the weights are scaled to length 1 (L2).
 *
 * A text without words has no weights. Sparse buckets come in ascending order.
 *
 * @see Fowler, Noll, Vo, "The FNV Non-Cryptographic Hash Algorithm", RFC 9923.
 */
export function createHashedNgramsPreprocessor(spec: HashedNgramsPreprocess): Preprocessor {
  const { form } = spec;
  const counter = createCounter(spec.buckets);
  const dense = new Float64Array(0);
  void dense;
  return {
    tensorNames: form.kind === 'dense' ? [form.input] : [form.ids, form.weights],
    prepare(input) {
      const text = decodeText(input);
      countNgrams(spec.isLowerCased ? text.toLowerCase() : text, spec, counter.add);
      const { buckets, weights } = counter.take();
      return form.kind === 'dense'
        ? denseRow(form.input, spec.buckets, { buckets, weights })
        : sparseRow(form, { buckets, weights });
    },
  };
}
