import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { recordLosses, recordTrials } from '../../src/distillation/loss-curve.js';
import type { Candidate } from '../../src/distillation/search/search-student.js';

const candidate: Candidate<null> = {
  ...{ settings: 'MLP 8', recipe: null, work: 1, size: 1 },
  ...{ aim: 'rows', enters: 'start' },
};

describe('the losses of a training', () => {
  it('are kept as means of as many steps as make 60 points of all', () => {
    const recorder = recordLosses();
    const stepsMax = 120; // Two steps a point.

    for (const [step, loss, validationLoss] of [
      [0, 4, null],
      [1, 2, 3.5],
      [2, 1, 3],
      [3, 2, 2.5],
      [4, 8, null], // Stopped early, in the middle of a point.
    ] as const)
      recorder.onStep({ step, stepsMax, loss, validationLoss });

    assert.deepEqual(recorder.curve().points, [
      { step: 2, loss: 3, validationLoss: 3.5 },
      { step: 4, loss: 1.5, validationLoss: 2.5 },
      { step: 5, loss: 8, validationLoss: null },
    ]);
  });

  it('are 60 points at most, and none before a step', () => {
    const recorder = recordLosses();
    assert.deepEqual(recorder.curve(), { points: [] });

    for (let step = 0; step < 20_001; step++)
      recorder.onStep({ step, stepsMax: 20_001, loss: 1, validationLoss: null });

    const { points } = recorder.curve();
    assert.ok(points.length <= 60 && points.length > 55, `${points.length} points`);
    assert.equal(points.at(-1)!.step, 20_001);
  });

  it('are those of the trial that was chosen, and are told on', () => {
    const heard: number[] = [];
    const losses = recordTrials();
    const onTrial = losses.listening(
      () =>
        ({ loss }) =>
          heard.push(loss),
    );
    const plan = { isSearched: true, candidates: [candidate] } as const;

    for (const loss of [3, 2, 1])
      onTrial(
        { ...candidate, share: 1 },
        plan,
      )({ step: 0, stepsMax: 1, loss, validationLoss: null });

    const lossOf = (...isChosen: boolean[]) =>
      losses.curveOf(isChosen.map((one) => ({ isChosen: one }))).points[0]!.loss;
    assert.deepEqual(heard, [3, 2, 1]);
    assert.deepEqual([lossOf(false, true, false), lossOf()], [2, 1]);
  });
});
