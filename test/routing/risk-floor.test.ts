import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { riskFloor, type AskedTwice } from '../../src/routing/risk-floor.js';
import { seededDraw } from '../support/seeded-draw.js';

/** So many inputs at one confidence, some of which got two different answers. */
const asked = (count: number, different: number, confidence: number | null): AskedTwice[] =>
  Array.from({ length: count }, (_, index) => ({ confidence, isDifferent: index < different }));

describe('the floor under the risk of any student', () => {
  it('is half the exact lower bound of how often two answers differ', () => {
    // Oracle: fixtures/teacher-oracle.py (sums of exact fractions, bisected), delta 1 %.
    for (const [different, surest, floor] of [
      [12, 100, 0.02793692808388391],
      [50, 50, 0.4560054196779549],
      [1, 200, 2.5125208336510777e-5],
      [31, 500, 0.019740978189372448],
    ] as const) {
      const inputs = [...asked(surest, different, 0.9), ...asked(surest, surest, 0.4)];

      const found = riskFloor(inputs, 0.01);

      assert.ok(Math.abs(found / floor - 1) < 1e-9, `${found}`);
    }
  });

  it('is none where the teacher wavers on inputs alone that the student is unsure of', () => {
    assert.equal(riskFloor([...asked(200, 100, 0.5), ...asked(200, 0, 0.9)], 0.01), 0);
  });

  it('is none without inputs, or while a student has seen less than half of them', () => {
    assert.equal(riskFloor([], 0.01), 0);
    assert.equal(riskFloor(asked(100, 50, null), 0.01), 0);
    assert.equal(riskFloor([...asked(51, 30, null), ...asked(49, 49, 0.9)], 0.01), 0);
    assert.ok(riskFloor([...asked(50, 0, null), ...asked(50, 50, 0.9)], 0.01) > 0);
  });

  it('does not reorder what it is given', () => {
    const inputs = [...asked(3, 0, 0.1), ...asked(3, 1, 0.9)];
    const before = structuredClone(inputs);

    riskFloor(inputs, 0.01);

    assert.deepEqual(inputs, before);
  });

  it('lies under the risk of the best student, whatever the teacher wavers between', () => {
    for (const shares of [
      [0.97, 0.03],
      [0.5, 0.5],
      [0.6, 0.3, 0.1],
      new Array<number>(20).fill(0.05),
    ]) {
      const different = 1 - shares.reduce((sum, p) => sum + p * p, 0);

      assert.ok(different / 2 <= 1 - Math.max(...shares) + 1e-12, shares.join());
    }
  });

  it('is above that risk in one of a hundred samples at most', () => {
    const draw = seededDraw(9);
    const wavers = 0.03; // The best student differs on 3 %, two answers on 5.82 %.
    const answer = (): boolean => draw() < wavers;
    const floors = Array.from({ length: 2000 }, () =>
      riskFloor(
        Array.from({ length: 600 }, () => ({
          confidence: draw(),
          isDifferent: answer() !== answer(),
        })),
        0.01,
      ),
    );

    const tooHigh = floors.filter((floor) => floor > wavers).length;
    assert.ok(tooHigh <= 20 + 3 * Math.sqrt(20), `${tooHigh} of 2000`);
    assert.ok(floors.every((floor) => floor > 0));
  });
});
