import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { InvalidModelOutputError } from '../../src/errors.js';
import { softmax, topClass } from '../../src/routing/confidence.js';
import { seededDraw } from '../support/seeded-draw.js';

describe('softmax', () => {
  // Oracle: python3 fractions/decimal at 50 digits, exp([1,2,3]-3) normalised.
  const oracle = [
    {
      logits: [1, 2, 3],
      temperature: 1,
      expected: [0.09003057317038046, 0.24472847105479764, 0.6652409557748218],
    },
    {
      logits: [1, 2, 3],
      temperature: 2,
      expected: [0.1863237232258476, 0.30719588571849837, 0.506480391055654],
    },
    { logits: [1000, 1000], temperature: 1, expected: [0.5, 0.5] }, // Overflows without the shift.
    { logits: [-1000, 1000], temperature: 1, expected: [0, 1] },
    { logits: [42], temperature: 1, expected: [1] },
  ];
  for (const { logits, temperature, expected } of oracle) {
    it(`matches the oracle for logits ${logits.join(', ')} at T=${temperature}`, () => {
      const actual = softmax(Float32Array.from(logits), temperature);

      expected.forEach((probability, k) =>
        assert.ok(Math.abs(actual[k]! - probability) < 1e-12, `class ${k}: ${actual[k]}`),
      );
    });
  }

  it('sums to 1 and keeps the order of the logits', () => {
    const draw = seededDraw(1);
    for (let round = 0; round < 200; round++) {
      const logits = Float32Array.from({ length: 10 }, () => 40 * draw() - 20);

      const probabilities = softmax(logits, 0.1 + 3 * draw());

      const total = probabilities.reduce((sum, probability) => sum + probability);
      assert.ok(Math.abs(total - 1) < 1e-12);
      const top = topClass(probabilities).label;
      assert.equal(top, topClass(Float64Array.from(logits)).label);
    }
  });

  it('ignores a constant added to every logit', () => {
    const shifted = softmax(Float32Array.of(101, 102, 103), 1);

    assert.deepEqual(softmax(Float32Array.of(1, 2, 3), 1), shifted);
  });

  for (const logits of [[], [Number.NaN, 1], [Infinity, 1], [1, -Infinity]]) {
    it(`refuses logits [${logits.join(', ')}]`, () => {
      assert.throws(() => softmax(Float32Array.from(logits), 1), InvalidModelOutputError);
    });
  }

  for (const temperature of [0, -1, Number.NaN, Infinity]) {
    it(`refuses temperature ${temperature}`, () => {
      assert.throws(() => softmax(Float32Array.of(1, 2), temperature), RangeError);
    });
  }
});

describe('topClass', () => {
  const table = [
    { scores: [0.2, 0.5, 0.3], label: 1, confidence: 0.5 },
    { scores: [0.4, 0.2, 0.4], label: 0, confidence: 0.4 }, // A tie goes to the lowest index.
    { scores: [-3, -1], label: 1, confidence: -1 }, // Logits serve too.
    { scores: [1], label: 0, confidence: 1 },
  ];
  for (const { scores, label, confidence } of table) {
    it(`finds class ${label} in ${scores.join(', ')}`, () => {
      assert.deepEqual(topClass(Float64Array.from(scores)), { label, confidence });
    });
  }

  for (const scores of [[], [Number.NaN], [0.1, Number.NaN]]) {
    it(`refuses scores [${scores.join(', ')}]`, () => {
      assert.throws(() => topClass(Float64Array.from(scores)), InvalidModelOutputError);
    });
  }
});
