import { createTokenizerPreprocessor } from '../../preprocess/tokenizer.js';
import type { RowTensor } from '../../preprocess/preprocessor.js';
import type { TokenizerPreprocess } from '../../preprocess/preprocess-spec.js';
import { decodeText } from '../../task/text-codec.js';
import type { Input } from '../../task/task.js';
import { learnPieces } from './word-pieces.js';

/** How the texts of a transformer made here become tokens, in training and in serving. */
export interface PieceTokenizer {
  readonly preprocess: TokenizerPreprocess;
  /** `tokenizer.json`, UTF-8. */
  readonly file: Uint8Array;
  /** By their number. */
  readonly pieces: readonly string[];
  prepare(input: Input): readonly RowTensor[];
}

/** The number of the token for what is not known; also stands for what a lesson hides. */
export const unknownToken = 1;
/** [CLS] is there for texts without a word: no list of tokens is empty. */
const specialTokens = ['[PAD]', '[UNK]', '[CLS]'] as const;

/** Enough for the words of one task; more takes time in each step of the training. */
const piecesMax = 4096;
/** A piece of a single text says nothing of others. */
const countMin = 2;
/** Rarer words are cut with the pieces of these. */
const wordsMax = 20_000;
/** Longer texts are cut; so are the longest hundredth of shorter ones. */
const tokensMost = 128;
const keptWhole = 0.99;
/** Lengths are multiples of it, and there are at most so many: each takes a graph of its own. */
const lengthStep = 8;
const lengthsMax = 4;

/** Learns a tokenizer from training texts. The same texts give the same one. */
export function learnTokenizer(inputs: readonly Input[]): PieceTokenizer {
  const words = countWords(inputs.map(decodeText));
  const learnt = learnPieces(words, { piecesMax: piecesMax - specialTokens.length, countMin });
  const pieces = [...specialTokens, ...learnt];
  const json = tokenizerJson(pieces);
  const whole = { ...preprocessOf(tokensMost), padToMultipleOf: 1 };
  const measure = createTokenizerPreprocessor(whole, { tokenizer: json, config: null });
  const lengths = inputs.map((input) => measure.prepare(input)[0]!.data.length);
  const preprocess = preprocessOf(lengthFor(lengths));
  const serve = createTokenizerPreprocessor(preprocess, { tokenizer: json, config: null });
  return {
    preprocess,
    file: new TextEncoder().encode(JSON.stringify(json)),
    pieces,
    prepare: (input) => serve.prepare(input),
  };
}

function lengthFor(lengths: number[]): number {
  lengths.sort((a, b) => a - b);
  const long = lengths[Math.ceil(keptWhole * lengths.length) - 1] ?? lengthStep;
  return Math.min(tokensMost, Math.ceil(long / lengthStep) * lengthStep);
}

const preprocessOf = (tokensMax: number): TokenizerPreprocess => ({
  kind: 'tokenizer',
  file: 'tokenizer.json',
  configFile: null,
  tokensMax,
  padToMultipleOf: lengthStep * Math.ceil(tokensMax / (lengthStep * lengthsMax)),
  inputIds: 'input_ids',
  attentionMask: 'attention_mask',
  tokenTypeIds: null,
});

/** Punctuation as BERT knows it, signs of CJK, and what is between blanks and those. */
const wordPattern = /[\p{P}$+<=>^`|~]|\p{Script=Han}|[^\s\p{P}$+<=>^`|~\p{Script=Han}]+/gu;

function countWords(texts: readonly string[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const text of texts)
    for (const word of text.toLowerCase().match(wordPattern) ?? [])
      counts.set(word, (counts.get(word) ?? 0) + 1);
  const often = [...counts].sort(([a, ofA], [b, ofB]) => ofB - ofA || (a < b ? -1 : 1));
  return new Map(often.slice(0, wordsMax));
}

/** `tokenizer.json` of BERT's kind: lower case, words, the longest pieces first, [CLS] before. */
function tokenizerJson(pieces: readonly string[]): object {
  const start = { SpecialToken: { id: '[CLS]', type_id: 0 } };
  return {
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: specialTokens.map((content, id) => ({
      ...{ id, content, special: true },
      ...{ single_word: false, lstrip: false, rstrip: false, normalized: false },
    })),
    normalizer: {
      type: 'BertNormalizer',
      clean_text: true,
      handle_chinese_chars: true,
      strip_accents: false,
      lowercase: true,
    },
    pre_tokenizer: { type: 'BertPreTokenizer' },
    post_processor: {
      type: 'TemplateProcessing',
      single: [start, { Sequence: { id: 'A', type_id: 0 } }],
      pair: [start, { Sequence: { id: 'A', type_id: 0 } }, { Sequence: { id: 'B', type_id: 1 } }],
      special_tokens: {
        '[CLS]': { id: '[CLS]', ids: [specialTokens.indexOf('[CLS]')], tokens: ['[CLS]'] },
      },
    },
    decoder: { type: 'WordPiece', prefix: '##', cleanup: true },
    model: {
      type: 'WordPiece',
      unk_token: '[UNK]',
      continuing_subword_prefix: '##',
      max_input_chars_per_word: 100,
      vocab: Object.fromEntries(pieces.map((piece, id) => [piece, id])),
    },
  };
}
