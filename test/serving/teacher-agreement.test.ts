import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { TeacherCheck } from '../../src/capture/capture.js';
import { createTaskBus } from '../../src/serving/task-bus.js';
import { createTeacherAgreement } from '../../src/serving/teacher-agreement.js';
import { teacherCheck } from '../support/teacher-check.js';

function open() {
  const bus = createTaskBus();
  const agreement = createTeacherAgreement(bus);
  const changes: number[] = [];
  let checked = 0;
  bus.on('teacherChanged', () => changes.push(checked));
  const check = (changed: Partial<TeacherCheck> = {}): void => {
    bus.emit('teacherChecked', teacherCheck(checked++, changed));
  };
  return { agreement, bus, check, changes };
}
const differing: Partial<TeacherCheck> = { newLabels: [1, 0] };
/** Both new answers are equal, and are not the old one. */
const changed: Partial<TeacherCheck> = { newLabels: [0, 0] };

describe('the teacher’s agreement with itself', () => {
  it('is how often its two new answers are equal, with an exact interval', () => {
    const { agreement, check } = open();
    assert.equal(agreement.interval(), null);

    for (let row = 0; row < 100; row++) check(row < 12 ? differing : {});

    const { estimate, low, high, rows } = agreement.interval()!;
    // Oracle (python3, exact fractions): 12 of 100 at 5 % on each side.
    assert.deepEqual([estimate, rows], [0.88, 100]);
    assert.ok(Math.abs(low - 0.813) < 5e-4 && Math.abs(high - 0.929) < 5e-4, `${low} ${high}`);
  });

  it('says which targets are below its floor, why, and what to set instead', () => {
    const { agreement, check } = open();
    for (let row = 0; row < 200; row++) check(row % 100 < 12 ? differing : {});

    // Oracle: fixtures/teacher-oracle.py: the surest half has 12 of 100, its floor is 2.79 %.
    assert.ok(Math.abs(agreement.riskFloor() - 0.027937) < 1e-6);
    assert.equal(agreement.refusalOf(0.028), null);
    assert.deepEqual(agreement.refusalOf(0.01), {
      why:
        'The teacher disagrees with itself on 12.0 % (8.4 % to 16.5 %) of 200 rows that it was ' +
        'asked about twice: even on the surest half of inputs no student can differ from it on ' +
        'less than 2.8 %. A target of 1 % is below that floor: set riskMax to at least 2.8 %.',
      riskMaxMin: 0.028,
    });
  });

  it('of a teacher that always answers the same refuses nothing', () => {
    const { agreement, check } = open();
    for (let row = 0; row < 200; row++) check();

    assert.deepEqual([agreement.interval()!.estimate, agreement.riskFloor()], [1, 0]);
    assert.equal(agreement.refusalOf(0.001), null);
  });

  it('looks back on five thousand checks', () => {
    const { agreement, check } = open();
    for (let row = 0; row < 5_100; row++) check(row < 100 ? differing : {});

    assert.deepEqual(agreement.interval()!.rows, 5_000);
    assert.equal(agreement.interval()!.estimate, 1);
  });
});

describe('a teacher that changes under its name', () => {
  it('is found by fourteen old answers that both new ones contradict', () => {
    const { agreement, check, changes } = open();
    for (let row = 0; row < 500; row++) check(row % 25 === 0 ? differing : {});
    for (let row = 0; row < 13; row++) check(changed);
    assert.deepEqual([changes, agreement.changedAtMs()], [[], null]);

    check(changed);

    assert.deepEqual(changes, [514]);
    assert.equal(agreement.changedAtMs(), teacherCheck(513).checkedMs);
  });

  it('is not found where it only contradicts itself', () => {
    const { check, changes } = open();

    for (let row = 0; row < 3_000; row++)
      check(row % 3 === 0 ? changed : row % 3 === 1 ? differing : { newLabels: [0, 1] });

    assert.deepEqual(changes, []);
  });

  it('is found once: rows from before prove no second change, rows of now may', () => {
    const { agreement, check, changes } = open();
    for (let row = 0; row < 50; row++) check(changed);
    assert.equal(changes.length, 1);
    const rowCreatedMs = agreement.changedAtMs()! + 1;

    for (let row = 0; row < 13; row++) check({ ...changed, rowCreatedMs });
    assert.equal(changes.length, 1);
    check({ ...changed, rowCreatedMs });

    assert.equal(changes.length, 2);
  });

  it('has an agreement of its own: that of the former one is forgotten', () => {
    const { agreement, check } = open();
    for (let row = 0; row < 100; row++) check(differing);
    for (let row = 0; row < 60; row++) check(changed);
    const { rows, estimate } = agreement.interval()!;

    assert.ok(rows < 60, `${rows}`);
    assert.equal(estimate, 1);
  });

  it('is known again after a restart, and not announced again', () => {
    const first = open();
    const checks = Array.from({ length: 40 }, (_, mark) => teacherCheck(mark, changed));
    for (const check of checks) first.bus.emit('teacherChecked', check);
    const again = open();

    again.agreement.replay(checks);

    assert.deepEqual(again.changes, []);
    assert.equal(again.agreement.changedAtMs(), first.agreement.changedAtMs());
    assert.deepEqual(again.agreement.interval(), first.agreement.interval());
  });
});
