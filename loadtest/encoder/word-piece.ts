import { createSeededDraw, shuffle, type Draw } from '../../src/distillation/seeded-draw.js';

const specialTokens = ['[PAD]', '[UNK]', '[CLS]', '[SEP]'] as const;
const syllables = 'bdfghklmnprstvz'
  .split('')
  .flatMap((consonant) => 'aeiou'.split('').map((vowel) => consonant + vowel));
const letters = 'abcdefghijklmnopqrstuvwxyz0123456789'.split('');
const punctuation = '.,!?;:\'"()-/'.split('');

/**
 * A made-up language: words of two to four syllables, for texts whose token lists are as long as
 * those of real ones.
 */
export function makeWords(count: number, seed: number): readonly string[] {
  const draw = createSeededDraw(seed);
  const words = new Set<string>();
  while (words.size < count)
    words.add(
      Array.from({ length: 2 + Math.floor(draw() * 3) }, () => oneOf(syllables, draw)).join(''),
    );
  return [...words];
}

/** Texts of `wordsMin` to `wordsMax` words, the same for the same seed. */
export function makeTexts(
  words: readonly string[],
  options: { count: number; wordsMin: number; wordsMax: number; seed: number },
): readonly string[] {
  const { count, wordsMin, wordsMax, seed } = options;
  const draw = createSeededDraw(seed);
  return Array.from({ length: count }, () => {
    const length = wordsMin + Math.floor(draw() * (wordsMax - wordsMin + 1));
    return Array.from({ length }, () => oneOf(words, draw)).join(' ');
  });
}

/**
 * The vocabulary of a WordPiece tokenizer: special tokens, the words, and every letter and syllable
 * as a start and as a continuation, so that any Latin text has tokens.
 */
export function vocabularyOf(words: readonly string[]): readonly string[] {
  const pieces = [...letters, ...syllables];
  const continued = pieces.map((piece) => `##${piece}`);
  const mixed = shuffle(
    [...new Set([...words, ...pieces, ...punctuation, ...continued])],
    createSeededDraw(1),
  );
  return [...specialTokens, ...mixed];
}

/** `tokenizer.json` of BERT's kind: lower case, words, longest pieces first, [CLS] text [SEP]. */
export function tokenizerJson(vocabulary: readonly string[]): object {
  const idOf = (token: string): number => vocabulary.indexOf(token);
  const framing = (token: string) => ({ id: token, ids: [idOf(token)], tokens: [token] });
  const special = (id: string) => ({ SpecialToken: { id, type_id: 0 } });
  return {
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: specialTokens.map((content) => ({
      id: idOf(content),
      content,
      single_word: false,
      lstrip: false,
      rstrip: false,
      normalized: false,
      special: true,
    })),
    normalizer: {
      type: 'BertNormalizer',
      clean_text: true,
      handle_chinese_chars: true,
      strip_accents: null,
      lowercase: true,
    },
    pre_tokenizer: { type: 'BertPreTokenizer' },
    post_processor: {
      type: 'TemplateProcessing',
      single: [special('[CLS]'), { Sequence: { id: 'A', type_id: 0 } }, special('[SEP]')],
      pair: [
        special('[CLS]'),
        { Sequence: { id: 'A', type_id: 0 } },
        special('[SEP]'),
        { Sequence: { id: 'B', type_id: 1 } },
        { SpecialToken: { id: '[SEP]', type_id: 1 } },
      ],
      special_tokens: { '[CLS]': framing('[CLS]'), '[SEP]': framing('[SEP]') },
    },
    decoder: { type: 'WordPiece', prefix: '##', cleanup: true },
    model: {
      type: 'WordPiece',
      unk_token: '[UNK]',
      continuing_subword_prefix: '##',
      max_input_chars_per_word: 100,
      vocab: Object.fromEntries(vocabulary.map((token, id) => [token, id])),
    },
  };
}

const oneOf = <T>(items: readonly T[], draw: Draw): T => items[Math.floor(draw() * items.length)]!;
