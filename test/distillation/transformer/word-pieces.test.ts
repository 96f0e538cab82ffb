import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { learnPieces } from '../../../src/distillation/transformer/word-pieces.js';

const limits = { piecesMax: 100, countMin: 2 };
const characters = (pieces: readonly string[]) => pieces.filter((piece) => isOne(piece));
const joined = (pieces: readonly string[]) => pieces.filter((piece) => !isOne(piece));
const isOne = (piece: string): boolean => Array.from(piece.replace('##', '')).length === 1;

describe('learnPieces', () => {
  /** Sennrich et al. 2016, figure 1: low 5, lower 2, newest 6, widest 3. */
  const sennrich = new Map([
    ['low', 5],
    ['lower', 2],
    ['newest', 6],
    ['widest', 3],
  ]);

  it('joins the neighbours that are found together most often, as the paper does', () => {
    const pieces = joined(learnPieces(sennrich, limits));

    // Counts by hand: es 9, est 9, ##o ##w 7 (l ##o as often, but later in code units), low 7.
    assert.deepEqual(pieces.slice(0, 4), ['##es', '##est', '##ow', 'low']);
    assert.ok(pieces.includes('newest'), pieces.join());
    assert.ok(pieces.includes('widest'), pieces.join());
  });

  it('has every character, as the start of a word and inside', () => {
    const pieces = characters(learnPieces(sennrich, limits));

    const expected = Array.from('lowernstid').flatMap((one) => [one, `##${one}`]);
    assert.deepEqual(pieces.toSorted(), expected.toSorted());
  });

  it('ends at the limit, and before what is rare', () => {
    const few = learnPieces(sennrich, { piecesMax: 22, countMin: 2 });
    const often = joined(learnPieces(sennrich, { piecesMax: 100, countMin: 7 }));

    assert.deepEqual(joined(few), ['##es', '##est']);
    assert.deepEqual(often, ['##es', '##est', '##ow', 'low']);
  });

  it('joins neighbours that follow each other, and keeps code points whole', () => {
    const pieces = learnPieces(
      new Map([
        ['aaaa', 3],
        ['😀😀', 2],
      ]),
      limits,
    );

    assert.ok(pieces.includes('##aa') || pieces.includes('aa'), pieces.join());
    assert.ok(pieces.includes('aaaa') && pieces.includes('😀😀'), pieces.join());
  });

  it('does not mind the order of the words', () => {
    const reversed = new Map([...sennrich].reverse());

    assert.deepEqual(learnPieces(reversed, limits), learnPieces(sennrich, limits));
  });
});
