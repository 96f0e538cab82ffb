import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { DatasetRow } from '../../src/distillation/dataset.js';
import { targetRowOf, targetsOf } from '../../src/distillation/soft-targets.js';
import { assertNearAll } from '../support/assert-near-all.js';
import { pixelInput } from '../support/inputs.js';

const row: DatasetRow = {
  id: 'a',
  input: pixelInput(1, 2),
  label: 2,
  probabilities: Float64Array.of(
    0.7814605208760645,
    0.17436741117275167,
    0.0389066283796432,
    0.005265439571540645,
  ),
  weight: 3,
  source: 'capture',
};
const vector = { input: Float32Array.of(1, 2), classCount: 4 };
const targetsAt = (temperature: number, changes: Partial<DatasetRow> = {}) =>
  targetRowOf({ ...row, ...changes }, vector, { alpha: 0.9, temperature });
const sumOf = (numbers: Float32Array): number => numbers.reduce((sum, p) => sum + p, 0);

describe('the soft target', () => {
  // Oracle: fixtures/soft-targets-oracle.py, from the logits behind the probabilities.
  const oracle: readonly (readonly [temperature: number, expected: readonly number[]])[] = [
    [0.5, [0.95028921, 0.047312114, 0.0023555315, 4.3143063e-5]],
    [1, [0.78146052, 0.17436741, 0.038906628, 0.0052654396]],
    [2, [0.56256204, 0.26573549, 0.12552456, 0.046177905]],
    [4, [0.4088039, 0.28096654, 0.19310529, 0.11712428]],
    [100, [0.25596482, 0.252154, 0.24839992, 0.24348127]],
  ];
  for (const [temperature, expected] of oracle) {
    it(`is the teacher's softmax at temperature ${temperature}`, () => {
      const { soft } = targetsAt(temperature);

      assertNearAll(soft, expected, 1e-7);
      assert.ok(Math.abs(sumOf(soft) - 1) < 1e-6);
    });
  }

  it('stays finite where the teacher gave an exact 0', () => {
    const { soft } = targetsAt(2, { probabilities: Float64Array.of(0.75, 0.25, 0, 0) });

    assertNearAll(soft, [0.63397367, 0.36602487, 7.3204974e-7, 7.3204974e-7], 1e-7);
  });

  for (const [words, probabilities] of [
    ['a label alone', null],
    ['a teacher that is certain', Float64Array.of(0, 0, 1, 0)],
  ] as const)
    it(`of ${words} there is none: a twentieth of the label is spread over all classes`, () => {
      const { soft, hard } = targetsAt(2, { probabilities });

      assert.deepEqual(soft, new Float32Array(4));
      // The term of the hard target has weight 1 - alpha, here 0.1, and is all of the loss.
      assertNearAll(hard, [0.125, 0.125, 9.625, 0.125], 1e-5);
    });

  it('is null outside of a training graph, where there is none', () => {
    const loss = { alpha: 0.9, temperature: 2 };

    assert.equal(targetsOf({ ...row, probabilities: null }, 4, loss).soft, null);
    assert.notEqual(targetsOf(row, 4, loss).soft, null);
  });
});

describe('the other targets', () => {
  it('are the label as one class, the input and the weight as they were', () => {
    const { hard, input, weight } = targetsAt(2);

    assert.deepEqual(hard, Float32Array.of(0, 0, 1, 0));
    assert.deepEqual(input, Float32Array.of(1, 2));
    assert.equal(weight, 3);
  });

  it("follow the row's label also where the teacher's distribution tops elsewhere", () => {
    const { hard, soft } = targetsAt(1, { label: 3 });

    assert.deepEqual(hard, Float32Array.of(0, 0, 0, 1));
    assert.equal(soft.indexOf(Math.max(...soft)), 0);
  });
});
