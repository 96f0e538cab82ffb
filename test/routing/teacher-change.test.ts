import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { logMeanExp } from '../../src/routing/betting-grid.js';
import {
  createChangeDetector,
  hasTeacherChanged,
  oddOneOut,
  updateChangeDetector,
  type ThreeAnswers,
} from '../../src/routing/teacher-change.js';
import { seededDraw } from '../support/seeded-draw.js';

const oldOdd: ThreeAnswers = [7, 3, 3];
const newOdd: ThreeAnswers = [3, 7, 3];
/** `o`: the old answer is the odd one; `n`: a new one is; `.`: none is. */
const answersOf = (letter: string): ThreeAnswers =>
  letter === 'o' ? oldOdd : letter === 'n' ? newOdd : [3, 3, 3];

/** @returns after how many inputs the alarm comes. */
function inputsToAlarm(answers: (input: number) => ThreeAnswers, alpha = 1 / 1000): number {
  let state = createChangeDetector(alpha);
  for (let input = 1; input <= 1_000_000; input++) {
    state = updateChangeDetector(state, answers(input - 1));
    if (hasTeacherChanged(state)) return input;
  }
  return Infinity;
}

describe('the odd one of three answers', () => {
  it('is the one that differs from the other two', () => {
    assert.equal(oddOneOut([2, 1, 1]), 'old');
    assert.equal(oddOneOut([1, 2, 1]), 'new');
    assert.equal(oddOneOut([1, 1, 2]), 'new');
  });

  it('is none where all are equal, or all differ', () => {
    assert.equal(oddOneOut([1, 1, 1]), null);
    assert.equal(oddOneOut([0, 1, 2]), null);
  });

  it('is the old one in a third of cases, whatever a steady teacher wavers between', () => {
    for (const shares of [
      [0.97, 0.03],
      [0.5, 0.5],
      [0.6, 0.3, 0.1],
      [0.25, 0.25, 0.25, 0.25],
    ]) {
      let old = 0;
      let odd = 0;
      for (const [a, p] of shares.entries())
        for (const [b, q] of shares.entries())
          for (const [c, r] of shares.entries()) {
            const who = oddOneOut([a, b, c]);
            if (who === 'old') old += p * q * r;
            if (who !== null) odd += p * q * r;
          }
      assert.ok(Math.abs(old / odd - 1 / 3) < 1e-12, shares.join());
    }
  });
});

describe('the detector of a changed teacher', () => {
  // Oracle: fixtures/teacher-oracle.py.
  for (const [pattern, evidence] of [
    ['o', 1.384728345670658],
    ['n', 0.807635827164671],
    ['.o..n.', 1.07825056745706],
    ['oonoo', 3.227067982184765],
  ] as const)
    it(`has evidence ${evidence} after ${pattern}`, () => {
      const { logEvidence } = Array.from(pattern).reduce(
        (state, letter) => updateChangeDetector(state, answersOf(letter)),
        createChangeDetector(1 / 1000),
      );

      assert.ok(Math.abs(Math.exp(logMeanExp(logEvidence)) - evidence) < 1e-12);
    });

  it('needs fourteen old answers that are odd, also after a long steady time', () => {
    assert.equal(
      inputsToAlarm(() => oldOdd),
      14,
    );
    assert.equal(
      inputsToAlarm((input) => (input < 60 ? newOdd : oldOdd)),
      60 + 14,
    );
    assert.equal(
      inputsToAlarm((input) => (input < 5000 ? [1, 1, 1] : oldOdd)),
      5000 + 14,
    );
  });

  it('needs thirty-five where two of three odd answers are old', () => {
    assert.equal(
      inputsToAlarm((input) => (input % 3 === 2 ? newOdd : oldOdd)),
      35,
    );
  });

  it('raises false alarms once in 1 / alpha odd answers at most, in the mean', () => {
    const alpha = 1 / 50;
    const draw = seededDraw(5);
    const wavering = (): number => Number(draw() < 0.3);
    const odd: number[] = [];
    for (let stream = 0; stream < 400; stream++) {
      let count = 0;
      inputsToAlarm(() => {
        const answers = [wavering(), wavering(), wavering()] as const;
        if (oddOneOut(answers) !== null) count++;
        return answers;
      }, alpha);
      odd.push(count);
    }

    const mean = odd.reduce((sum, count) => sum + count) / odd.length;
    assert.ok(mean >= 1 / alpha, `after ${mean} odd answers`);
    assert.ok(mean < 100 / alpha, `after ${mean} odd answers: it is asleep`);
  });
});
