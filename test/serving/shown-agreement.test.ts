import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { CapturedRow } from '../../src/capture/capture.js';
import { createShownAgreement } from '../../src/serving/shown-agreement.js';
import { createTaskBus } from '../../src/serving/task-bus.js';
import { capturedRow } from '../support/captured-row.js';

/** A holdout row that the student answered with label 0. */
const served = (id: string, teacherLabel: 0 | 1, changes: Partial<CapturedRow> = {}): CapturedRow =>
  capturedRow({
    id,
    inputHash: id,
    isHoldout: true,
    route: 'student',
    reason: 'confident',
    studentLogits: Float32Array.of(2, -1),
    teacherLabel,
    ...changes,
  });

function open() {
  const bus = createTaskBus();
  const serving = { version: capturedRow({ id: 'any' }).studentVersion, alarmMs: 0 };
  const shown = createShownAgreement(bus, {
    slot: { peek: () => ({ version: serving.version!, manifest: { labels: ['a', 'b'] } }) },
    guarantee: {
      get evidenceAfterMs() {
        return serving.alarmMs;
      },
    },
  });
  return { shown, serving, capture: (...rows: CapturedRow[]) => bus.emit('captured', rows) };
}
const near = (actual: number, expected: number): void =>
  assert.ok(Math.abs(actual - expected) < 1e-9, `${actual}, expected ${expected}`);

describe('the agreement that is shown', () => {
  it('is unknown before the first served holdout row', () => {
    assert.equal(open().shown.interval(), null);
  });

  it('is that of served holdout rows, with an interval for continuous looking', () => {
    const { shown, capture } = open();
    capture(...Array.from({ length: 9 }, (_, row) => served(`right-${row}`, 0)));
    capture(served('wrong', 1));

    const { estimate, low, high, rows } = shown.interval()!;

    assert.deepEqual([estimate, rows], [0.9, 10]);
    // Oracle: test/routing/fixtures/confidence-sequence-oracle.py, 9 of 10 at delta 0.1.
    near(low, 0.44442551739640235);
    near(high, 1);
  });

  it('counts an input once, as it was answered first', () => {
    const { shown, capture } = open();
    capture(served('a', 1), served('b', 0));
    capture(served('again', 0, { inputHash: 'a' }));

    assert.equal(shown.interval()!.estimate, 0.5);
    assert.equal(shown.interval()!.rows, 2);
  });

  const others: Readonly<Record<string, Partial<CapturedRow>>> = {
    'rows that the teacher answered': { route: 'teacher', reason: 'unsure' },
    'rows that were degraded': { route: 'degraded', reason: 'teacher-failed' },
    'rows for which the student was asked': { reason: 'requested' },
    'explored rows': { isHoldout: false },
    'rows without the student’s logits': { studentLogits: null },
    'rows of another student': { studentVersion: 'v0' },
  };
  for (const [what, changes] of Object.entries(others)) {
    it(`leaves out ${what}`, () => {
      const { shown, capture } = open();
      capture(served('a', 1, changes));
      assert.equal(shown.interval(), null);
    });
  }

  it('starts anew with a new student', () => {
    const { shown, capture, serving } = open();
    capture(served('old', 0));
    serving.version = 'v2';
    assert.equal(shown.interval(), null);

    capture(served('late', 0), served('new', 1, { studentVersion: 'v2' }));

    assert.deepEqual([shown.interval()!.estimate, shown.interval()!.rows], [0, 1]);
  });

  it('starts anew with an alarm: requests before it are of another world', () => {
    const { shown, capture, serving } = open();
    capture(served('before', 0, { createdMs: 5 }));
    serving.alarmMs = 10;
    assert.equal(shown.interval(), null);

    capture(served('late', 0, { createdMs: 10 }), served('after', 1, { createdMs: 11 }));

    assert.deepEqual([shown.interval()!.estimate, shown.interval()!.rows], [0, 1]);
  });

  it('forgets no row as more come', () => {
    const { shown, capture } = open();
    capture(...Array.from({ length: 500 }, (_, row) => served(`old-${row}`, 1)));
    capture(...Array.from({ length: 4_500 }, (_, row) => served(`new-${row}`, 0)));

    const { estimate, rows } = shown.interval()!;

    assert.deepEqual([estimate, rows], [0.9, 5_000]);
  });
});
