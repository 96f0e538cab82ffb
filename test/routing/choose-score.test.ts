import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { chooseScore } from '../../src/routing/choose-score.js';
import { scoreNames } from '../../src/routing/rate-logits.js';
import { seededDraw } from '../support/seeded-draw.js';

interface Validation {
  readonly logits: readonly Float32Array[];
  readonly labels: readonly number[];
}

/** Three classes; class 0 leads. The third class is the noise that margin does not look at. */
function rowsOf(count: number, isWrong: (lead: number, level: number) => number): Validation {
  const draw = seededDraw(8);
  const logits: Float32Array[] = [];
  const labels: number[] = [];
  for (let row = 0; row < count; row++) {
    const [lead, level] = [4 * draw(), 8 * draw()];
    logits.push(Float32Array.of(level + lead, level, -20));
    labels.push(draw() < isWrong(lead, level) ? 1 : 0);
  }
  return { logits, labels };
}
const choose = ({ logits, labels }: Validation) =>
  chooseScore(logits, labels, { temperature: 1, draw: seededDraw(9) });

describe('chooseScore', () => {
  it('keeps the top probability where others order the rows alike', () => {
    const { score, areas } = choose(rowsOf(600, (lead) => 1 / (1 + Math.exp(lead))));

    assert.equal(score, 'top-probability');
    assert.deepEqual(Object.keys(areas!), [...scoreNames]);
  });

  it('takes the energy where the level of logits tells what is wrong, not their lead', () => {
    const { score, areas } = choose(rowsOf(600, (_, level) => (level < 2 ? 0.5 : 0.01)));

    assert.equal(score, 'energy');
    assert.ok(areas!.energy < areas!['top-probability'] / 2);
  });

  it('keeps the top probability where the better one may be better by chance', () => {
    const { score, areas } = choose(rowsOf(60, (_, level) => (level < 2 ? 0.35 : 0.2)));

    assert.ok(areas!.energy < areas!['top-probability']);
    assert.equal(score, 'top-probability');
  });

  it('does not choose from rows of which fewer than ten are wrong', () => {
    const rows = rowsOf(600, () => 0);
    const labels = rows.labels.map((label, row) => (row < 9 ? 1 : label));

    const expected = { score: 'top-probability', areas: null };
    assert.deepEqual(choose({ ...rows, labels }), expected);
    assert.deepEqual(choose({ logits: [], labels: [] }), expected);
  });

  it('refuses labels that do not belong to the rows', () => {
    assert.throws(() => choose({ logits: [Float32Array.of(1)], labels: [] }), RangeError);
  });
});
