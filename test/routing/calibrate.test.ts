import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { fitTemperature } from '../../src/routing/calibrate.js';
import { assertNear } from './assert-near.js';

/** The rows of fixtures/calibration-oracle.py: four classes, some labels moved on by one. */
function rowsOf(count: number, scale: number, wrongEvery: number) {
  const logits: Float32Array[] = [];
  const labels: number[] = [];
  for (let row = 0; row < count; row++) {
    const own = [0, 1, 2, 3].map((k) => Math.sin(row * 12.9898 + k * 78.233) * scale);
    const top = own.indexOf(Math.max(...own));
    logits.push(Float32Array.from(own));
    labels.push(row % wrongEvery === 0 ? (top + 1) % 4 : top);
  }
  return { logits, labels };
}

const repeat = <T>(count: number, value: T): T[] => Array.from({ length: count }, () => value);

describe('fitTemperature', () => {
  // Oracle: fixtures/calibration-oracle.py (root of the derivative, scipy).
  const oracle = [
    {
      count: 50,
      scale: 1,
      every: 5,
      expected: [0.6181958008673547, 1.0658481526293457, 1.028120641815167],
    },
    {
      count: 400,
      scale: 3,
      every: 4,
      expected: [2.6807921409134563, 1.441666312127878, 1.1631021879823373],
    },
    {
      count: 400,
      scale: 20,
      every: 7,
      expected: [10.540540911153034, 4.114692696079434, 0.95269858603742],
    },
  ];
  for (const { count, scale, every, expected } of oracle) {
    for (const broken of [NaN, Infinity, -Infinity])
      it(`keeps 1 where a logit is ${broken}`, () => {
        const { logits, labels } = rowsOf(60, 3, 4);
        logits[7]![labels[7]!] = broken;

        const expected = { kind: 'kept', temperature: 1, reason: 'not-finite' };
        assert.deepEqual(fitTemperature(logits, labels), expected);
      });

    it(`finds T = ${expected[0]!.toFixed(3)} for ${count} rows of scale ${scale}`, () => {
      const { logits, labels } = rowsOf(count, scale, every);

      const fit = fitTemperature(logits, labels);

      assert.ok(fit.kind === 'fitted');
      assertNear(fit.temperature, expected[0]!, 1e-6);
      assertNear(fit.nllBefore, expected[1]!, 1e-6);
      assertNear(fit.nllAfter, expected[2]!, 1e-6);
    });
  }

  it('scales with the logits', () => {
    const { logits, labels } = rowsOf(400, 3, 4);
    const doubled = logits.map((row) => row.map((logit) => 2 * logit));

    const once = fitTemperature(logits, labels);

    assertNear(fitTemperature(doubled, labels).temperature, 2 * once.temperature, 1e-6);
  });

  it('stays inside the limits when logits tell nothing', () => {
    const fit = fitTemperature(
      repeat(100, Float32Array.of(9, -9)),
      Array.from({ length: 100 }, (_, row) => row % 2),
    );

    assert.equal(fit.kind, 'fitted');
    assertNear(fit.temperature, 20, 1e-6);
  });

  it('stays inside the limits when only a hair is wrong', () => {
    const logits = [...repeat(99, Float32Array.of(0.5, 0)), Float32Array.of(0, 1e-30)];

    const fit = fitTemperature(logits, repeat(100, 0));

    assertNear(fit.temperature, 0.05 * 0.5, 1e-6); // Half of the rows spread over 0.5 or less.
  });

  for (const scale of [1 / 4_000, 1 / 50, 50, 4_000])
    it(`finds it for a student whose logits are ${scale} times the usual size`, () => {
      const { logits, labels } = rowsOf(400, 3, 4);
      const brought = logits.map((row) => row.map((logit) => scale * logit));

      // That of the oracle for scale 3.
      const fit = fitTemperature(brought, labels);
      assertNear(fit.temperature, scale * 2.6807921409134563, 2e-6);
    });

  it('keeps T = 1 below 50 rows', () => {
    const { logits, labels } = rowsOf(49, 1, 5);

    const expected = { kind: 'kept', temperature: 1, reason: 'too-few-rows' };
    assert.deepEqual(fitTemperature(logits, labels), expected);
    assert.deepEqual(fitTemperature([], []), expected);
  });

  it('keeps T = 1 when no row is wrong, for then no temperature is best', () => {
    const fit = fitTemperature(repeat(50, Float32Array.of(1, 2)), repeat(50, 1));

    assert.deepEqual(fit, { kind: 'kept', temperature: 1, reason: 'no-row-wrong' });
  });

  it('does not say so of rows whose logits are equal: the answer is the first class', () => {
    const fit = fitTemperature(repeat(50, Float32Array.of(0, 0, 0)), repeat(50, 1));

    assert.deepEqual(fit, { kind: 'kept', temperature: 1, reason: 'no-gain' });
  });

  it('keeps T = 1 when the rows are calibrated already', () => {
    const logits = repeat(100, Float32Array.of(Math.log(3), 0)); // Says 75 %, and 75 are right.

    const fit = fitTemperature(logits, [...repeat(75, 0), ...repeat(25, 1)]);

    assert.deepEqual(fit, { kind: 'kept', temperature: 1, reason: 'no-gain' });
  });

  it('refuses labels that do not belong to the rows', () => {
    const row = Float32Array.of(1, 2);
    assert.throws(() => fitTemperature([row], []), RangeError);
    assert.throws(() => fitTemperature([row], [2]), RangeError);
    assert.throws(() => fitTemperature([row], [-1]), RangeError);
  });
});
