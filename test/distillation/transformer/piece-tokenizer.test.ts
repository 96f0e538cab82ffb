import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { learnTokenizer } from '../../../src/distillation/transformer/piece-tokenizer.js';
import { encodeText } from '../../../src/task/text-codec.js';

const texts = [
  ...Array.from({ length: 20 }, () => 'Where is my parcel?'),
  ...Array.from({ length: 20 }, () => 'my card, declined'),
];
const tokenizer = learnTokenizer(texts.map(encodeText));
function piecesOf(text: string): string[] {
  const [ids, mask] = tokenizer.prepare(encodeText(text));
  const own = Array.from(ids!.data as BigInt64Array, (id) => tokenizer.pieces[Number(id)]!);
  assert.deepEqual(
    Array.from(mask!.data as BigInt64Array, Number),
    own.map((piece) => Number(piece !== '[PAD]')),
  );
  return own;
}

describe('a tokenizer learnt from texts', () => {
  it('knows their words whole, whatever their case', () => {
    const pieces = piecesOf('MY parcel, declined?');

    const known = ['[CLS]', 'my', 'parcel', ',', 'declined', '?'];
    assert.deepEqual(pieces.slice(0, 6), known);
    assert.deepEqual([...new Set(pieces.slice(6))], ['[PAD]']);
  });

  it('cuts other words into pieces, and has one for what has none', () => {
    assert.deepEqual(piecesOf('dear').slice(0, 2), ['[CLS]', 'd']);
    assert.deepEqual(
      piecesOf('dear').filter((piece) => piece === '[UNK]'),
      [],
    );
    assert.deepEqual(piecesOf('ξ').slice(0, 2), ['[CLS]', '[UNK]']);
  });

  it('gives a text without a word a token', () => {
    assert.deepEqual(piecesOf('  ')[0], '[CLS]');
  });

  it('is as long as nearly all of the texts, and has few lengths', () => {
    const long = [...texts, ...texts, ...texts, 'a '.repeat(90)].map(encodeText);
    const words = (count: number) => encodeText('my '.repeat(count));
    const spread = Array.from({ length: 200 }, (_, k) => words(1 + (k % 100)));

    const [short, mixed] = [learnTokenizer(long), learnTokenizer(spread)];

    assert.equal(short.preprocess.tokensMax, 8);
    assert.equal(short.prepare(words(90))[0]!.data.length, 8);
    assert.equal(mixed.preprocess.tokensMax, 104);
    const lengths = new Set(spread.map((input) => mixed.prepare(input)[0]!.data.length));
    assert.deepEqual([...lengths], [32, 64, 96, 104]);
  });

  it('is the same for the same texts', () => {
    assert.deepEqual(learnTokenizer(texts.map(encodeText)).file, tokenizer.file);
  });
});
