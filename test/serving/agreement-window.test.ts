import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { CapturedRow } from '../../src/capture/capture.js';
import { createAgreementWindow } from '../../src/serving/agreement-window.js';
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
  const serving = { version: capturedRow({ id: 'any' }).studentVersion };
  const window = createAgreementWindow(bus, () => serving.version);
  return { window, serving, capture: (...rows: CapturedRow[]) => bus.emit('captured', rows) };
}
const near = (actual: number, expected: number): void =>
  assert.ok(Math.abs(actual - expected) < 1e-9, `${actual}, expected ${expected}`);

describe('the agreement that is shown', () => {
  it('is unknown before the first served holdout row', () => {
    assert.equal(open().window.interval(), null);
  });

  it('is that of served holdout rows, with an exact interval', () => {
    const { window, capture } = open();
    capture(...Array.from({ length: 9 }, (_, row) => served(`right-${row}`, 0)));
    capture(served('wrong', 1));

    const { estimate, low, high, rows } = window.interval()!;

    assert.deepEqual([estimate, rows], [0.9, 10]);
    // Oracle (python3, bisection on exact binomial sums): 9 of 10, 5 % on each side.
    near(low, 0.605_836_697_563);
    near(high, 0.994_883_803_108);
  });

  it('counts an input once, as it was answered last', () => {
    const { window, capture } = open();
    capture(served('a', 1), served('b', 0));
    capture(served('again', 0, { inputHash: 'a' }));

    assert.equal(window.interval()!.estimate, 1);
    assert.equal(window.interval()!.rows, 2);
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
      const { window, capture } = open();
      capture(served('a', 1, changes));
      assert.equal(window.interval(), null);
    });
  }

  it('starts anew with a new student', () => {
    const { window, capture, serving } = open();
    capture(served('old', 0));
    serving.version = 'v2';
    assert.equal(window.interval(), null);

    capture(served('late', 0), served('new', 1, { studentVersion: 'v2' }));

    assert.deepEqual([window.interval()!.estimate, window.interval()!.rows], [0, 1]);
  });

  it('looks back on the newest thousand inputs', () => {
    const { window, capture } = open();
    capture(...Array.from({ length: 300 }, (_, row) => served(`old-${row}`, 1)));
    capture(...Array.from({ length: 900 }, (_, row) => served(`new-${row}`, 0)));

    const { estimate, rows } = window.interval()!;

    assert.deepEqual([estimate, rows], [0.9, 1000]);
  });
});
