import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createTextIndexer, type TextIndex } from '../../../src/teacher/openai/similar-texts.js';
import { seededDraw } from '../../support/seeded-draw.js';

function indexOf(texts: readonly string[]): TextIndex {
  const indexer = createTextIndexer(texts.length);
  for (const text of texts) indexer.add(text);
  return indexer.index();
}
const nearest = (texts: readonly string[], text: string, placesMax = 9): readonly number[] =>
  indexOf(texts).nearest(text, placesMax, () => true);

/** The formula, word by word: grams are texts, and each pair is compared. */
function byFormula(texts: readonly string[], text: string): readonly number[] {
  const gramsOf = (one: string): readonly string[] =>
    (one.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? []).flatMap((word) => [
      word,
      ...Array.from({ length: word.length }, (_, k) => `#${`_${word}_`.slice(k, k + 3)}`),
    ]);
  const grams = texts.map(gramsOf);
  const weightsOf = (one: readonly string[]): ReadonlyMap<string, number> => {
    const rarityOf = (gram: string): number =>
      Math.log(1 + texts.length / (grams.filter((other) => other.includes(gram)).length || 1));
    const countOf = (gram: string): number => one.filter((other) => other === gram).length;
    return new Map(one.map((gram) => [gram, countOf(gram) * rarityOf(gram)]));
  };
  const asked = weightsOf(gramsOf(text));
  const likeness = grams.map(weightsOf).map((weights) => {
    const product = [...weights].reduce((sum, [gram, w]) => sum + w * (asked.get(gram) ?? 0), 0);
    return product / Math.hypot(...weights.values());
  });
  return [...likeness.keys()]
    .filter((place) => likeness[place]! > 0)
    .sort((one, other) => likeness[other]! - likeness[one]! || one - other);
}

describe('texts that are most like a text', () => {
  it('are those that the formula says, in its order', () => {
    const draw = seededDraw(7);
    const words = ['card', 'cards', 'lost', 'parcel', 'late', 'my', 'the', 'über', '日本', 'x1'];
    const drawText = (): string =>
      Array.from(
        { length: 1 + Math.floor(draw() * 6) },
        () => words[Math.floor(draw() * 10)]!,
      ).join(' ');
    const texts = Array.from({ length: 60 }, drawText);
    const index = indexOf(texts);
    for (let k = 0; k < 40; k++) {
      const text = drawText();
      assert.deepEqual(
        index.nearest(text, 60, () => true),
        byFormula(texts, text),
        text,
      );
    }
  });

  it('are so many at most, without those that are not wanted, and of equals the first', () => {
    const texts = ['a card', 'a parcel', 'a card', 'card', 'nothing'];

    assert.deepEqual(nearest(texts, 'card', 2), [3, 0]);
    assert.deepEqual(
      indexOf(texts).nearest('card', 2, (place) => place !== 3),
      [0, 2],
    );
  });

  it('are none where nothing is alike, or there is nothing', () => {
    assert.deepEqual(nearest(['a card'], 'zzz'), []);
    assert.deepEqual(nearest(['a card'], ''), []);
    assert.deepEqual(nearest([], 'a card'), []);
    assert.deepEqual(nearest(['', '?!'], '?!'), []);
  });

  it('are compared by their first 2000 signs', () => {
    const start = 'x '.repeat(1000);

    assert.deepEqual(nearest([`${start}card`, 'card'], 'card'), [1]);
    assert.deepEqual(nearest(['card'], `${start}card`), []);
  });

  it('take memory by the signs that are compared, whatever is in them', () => {
    const texts = 20_000;
    const draw = seededDraw(1);
    const before = process.memoryUsage();
    const indexer = createTextIndexer(texts);
    // Of each text the first 400 signs: what stands behind is not looked at.
    const sign = (): string => String.fromCharCode(0x4e00 + Math.floor(draw() * 20_000));
    const signs = Array.from({ length: 100_000 }, sign).join('');
    for (let k = 0; k < texts; k++) indexer.add(signs.slice(4 * k, 4 * k + 2000));
    const index = indexer.index();
    const after = process.memoryUsage();

    assert.equal(index.nearest(signs.slice(40, 440), 1, () => true)[0], 10);
    const held = after.heapUsed + after.arrayBuffers - before.heapUsed - before.arrayBuffers;
    assert.ok(held < 300_000_000, `${held} bytes`);
  });
});
