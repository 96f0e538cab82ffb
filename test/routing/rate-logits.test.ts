import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { InvalidModelOutputError } from '../../src/errors.js';
import { softmax, topClass } from '../../src/routing/confidence.js';
import { rateLogits, scoreNames } from '../../src/routing/rate-logits.js';
import { seededDraw } from '../support/seeded-draw.js';
import { assertNear } from './assert-near.js';

describe('rateLogits', () => {
  // Oracle: fixtures/scores-oracle.py (50 digits). Order: as `scoreNames`.
  const oracle = [
    {
      logits: [1.5, -0.25, 3.0, 2.75],
      temperature: 1,
      label: 2,
      expected: [0.4900266946867406, 0.10839352113881479, 0.2537915286705781, 0.8939171096944617],
    },
    {
      logits: [1.5, -0.25, 3.0, 2.75],
      temperature: 2.5,
      label: 2,
      expected: [0.36681352267597495, 0.03490692191717087, 0.07174252619312985, 0.8438915548772544],
    },
    {
      logits: [-40, -41.5, -39],
      temperature: 0.5,
      label: 2,
      expected: [0.8756005950630876, 0.7571009405280781, 0.6365020681761643, 0.0063397747957534435],
    },
    { logits: [90, 2], temperature: 1, label: 0, expected: [1, 1, 1, 0.9945054945054945] },
  ];
  for (const { logits, temperature, label, expected } of oracle)
    scoreNames.forEach((score, index) => {
      it(`gives the oracle's ${score} of ${logits.join(', ')} at T = ${temperature}`, () => {
        const rated = rateLogits(Float32Array.from(logits), { temperature, score });

        assert.equal(rated.label, label);
        assertNear(rated.confidence, expected[index]!, 1e-9);
      });
    });

  it('has no confidence in what is out of scope, and reads logits without the features', () => {
    const novelty = { output: 'novelty', means: [1, 0], deviations: [1, 2], max: 3 };
    const calibration = { temperature: 1, score: 'top-probability', novelty } as const;
    const rated = (...scores: number[]) => rateLogits(Float32Array.from(scores), calibration);
    const plain = rateLogits(Float32Array.of(0, 2), { temperature: 1, score: 'top-probability' });

    assert.deepEqual(rated(0, 2, 4, 0), plain); // 3 + 0: at the limit.
    assert.deepEqual(rated(0, 2, 4, 0.01), { label: 1, confidence: 0, isOutOfScope: true });
    assert.deepEqual(rated(0, 2, NaN, 0), { label: 1, confidence: 0, isOutOfScope: true });
    const open = { ...calibration, novelty: { ...novelty, max: null } };
    assert.deepEqual(rateLogits(Float32Array.of(0, 2, 99, 99), open), plain);
  });

  it('stays in [0, 1] and names the surest class, whatever the logits', () => {
    const draw = seededDraw(3);
    for (let round = 0; round < 2000; round++) {
      const scale = 10 ** (6 * draw() - 3);
      const classes = 1 + Math.floor(6 * draw());
      const logits = Float32Array.from({ length: classes }, () => scale * (draw() - 0.5));
      const temperature = 0.1 + draw();
      const top = topClass(softmax(logits, temperature));
      for (const score of scoreNames) {
        const { label, confidence } = rateLogits(logits, { temperature, score });
        assert.equal(label, top.label);
        assert.ok(confidence >= 0 && confidence <= 1, `${score} is ${confidence}`);
      }
    }
  });

  it('grows with the lead of the first class, by every score', () => {
    for (const score of scoreNames) {
      let before = -1;
      for (let lead = 0; lead <= 20; lead += 0.5) {
        const { confidence } = rateLogits(Float32Array.of(lead, 0, 0), { temperature: 1, score });
        assert.ok(confidence > before, `${score} at ${lead}`);
        before = confidence;
      }
    }
  });

  it('keeps energies apart where a logistic function would make them 1', () => {
    const energyOf = (logit: number): number =>
      rateLogits(Float32Array.of(logit, 0), { temperature: 1, score: 'energy' }).confidence;

    assert.ok(energyOf(1000) < energyOf(1001) && energyOf(1001) < 1);
  });

  it('is sure of a single class, by all scores but the energy', () => {
    for (const score of ['top-probability', 'margin', 'entropy'] as const)
      assert.deepEqual(rateLogits(Float32Array.of(-3), { temperature: 1, score }), {
        label: 0,
        confidence: 1,
        isOutOfScope: false,
      });
  });

  it('gives tied classes to the lowest index', () => {
    for (const score of scoreNames)
      assert.equal(rateLogits(Float32Array.of(1, 2, 2), { temperature: 1, score }).label, 1);
  });

  it('refuses what is no output of a model', () => {
    for (const score of scoreNames) {
      const rate = (logits: number[], temperature: number) => () =>
        rateLogits(Float32Array.from(logits), { temperature, score });
      assert.throws(rate([], 1), InvalidModelOutputError);
      assert.throws(rate([1, Number.NaN], 1), InvalidModelOutputError);
      assert.throws(rate([1, 2], 0), RangeError);
    }
  });
});
