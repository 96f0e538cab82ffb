import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { PhaseReport } from '../../../src/demo/phase-report.js';
import { reviewFigures } from '../../../src/demo/reviews/reviews-story.js';

/** @param shares  of the answers that the student gives, by phase; nine in ten of them agree. */
const phasesOf = (...shares: readonly number[]): readonly PhaseReport[] =>
  shares.map((studentShare) => ({
    title: 'letters',
    studentVersion: 'v1-0a1b2c3d',
    rows: 100,
    studentShare,
    agreement:
      studentShare === 0 ? null : { estimate: 0.9, low: 0.8, high: 0.95, rows: 100 * studentShare },
    accuracy: 0.9,
    teacherAccuracy: 0.9,
    threshold: null,
    waitMs: { student: null, teacher: null },
    costPerThousandUsd: 1 - studentShare,
    teacherForAllPerThousandUsd: 1,
  }));
const told = (phases: readonly PhaseReport[], riskMax = 0.2): readonly boolean[] =>
  reviewFigures(phases, { riskMax, seconds: 60 }).map(({ holds }) => holds);

describe('what the demo of reviews must show', () => {
  it('holds where the share falls with the drift and rises again', () => {
    assert.deepEqual(told(phasesOf(0, 0.5, 0.4, 0.6, 0.6)), [true, true, true, true, true]);
  });

  it('is missed where the student answers strange sentences as before', () => {
    assert.deepEqual(told(phasesOf(0, 0.5, 0.5, 0.6, 0.7)), [true, false, true, true, true]);
  });

  it('is missed where it does not recover, and stays dear', () => {
    assert.deepEqual(told(phasesOf(0, 0.5, 0.2, 0.2, 0.2)), [true, true, false, false, true]);
  });

  it('is missed where the promise is broken', () => {
    const [promise] = told(phasesOf(0, 0.5, 0.4, 0.6, 0.6), 0.05);

    assert.equal(promise, false);
  });
});
