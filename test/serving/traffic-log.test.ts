import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { AnswerJson } from '../../src/http/api-types.js';
import { createTaskBus } from '../../src/serving/task-bus.js';
import { createTrafficLog } from '../../src/serving/traffic-log.js';
import { tallyOf } from '../../src/serving/traffic-tally.js';
import { answerJson } from '../support/api-values.js';
import { capturedRow } from '../support/captured-row.js';

const startMs = 1_700_000_000_000; // A multiple of 5 000.
const none = { student: 0, teacher: 0, cache: 0, degraded: 0 };

function open() {
  const bus = createTaskBus();
  const clock = { nowMs: startMs };
  const log = createTrafficLog(bus, { teacherCostPerRowUsd: 0.01, now: () => clock.nowMs });
  const answer = (...answers: AnswerJson[]): void =>
    void bus.emit('tallied', tallyOf(answers, clock.nowMs));
  return { bus, clock, log, answer };
}
const byStudent = answerJson({ route: 'student', costUsd: 0.002 });
const byTeacher = answerJson({ route: 'teacher', costUsd: 0.012 });
const near = (actual: number, expected: number): void =>
  assert.ok(Math.abs(actual - expected) < 1e-12, `${actual}, expected ${expected}`);

describe('the traffic of a task', () => {
  it('comes in buckets of five seconds, oldest first, empty ones included', () => {
    const { clock, log, answer } = open();
    answer(byStudent, byTeacher);
    clock.nowMs += 4_999;
    answer(byStudent);
    clock.nowMs = startMs + 12_000;
    answer(answerJson({ route: 'degraded' }));

    const { bucketMs, buckets } = log.recent(1);

    assert.equal(bucketMs, 5_000);
    assert.equal(buckets.length, 12);
    assert.deepEqual(
      buckets.map((bucket) => bucket.startMs),
      Array.from({ length: 12 }, (_, k) => startMs + 10_000 - (11 - k) * 5_000),
    );
    assert.deepEqual(
      buckets.slice(-3).map(({ rowsByRoute }) => rowsByRoute),
      [{ ...none, student: 2, teacher: 1 }, none, { ...none, degraded: 1 }],
    );
    assert.deepEqual(buckets[0]!.rowsByRoute, none);
  });

  it('has no cost that is an error of rounding', () => {
    const { bus, log, answer } = open();
    for (let k = 0; k < 3; k++) answer(answerJson({ route: 'student', costUsd: 0 }));
    for (const usd of [0.01, 0.02]) bus.emit('paidInVain', usd);
    assert.equal(0.01 + 0.01 + 0.01 - 0.01 - 0.02, -3.469446951953614e-18);

    const { costUsd, avoidedCostUsd } = log.totals();

    assert.deepEqual([costUsd, avoidedCostUsd], [0.03, 0]);
    assert.equal(log.recent(1).buckets.at(-1)!.avoidedCostUsd, 0);
  });

  it('has its cost, and what the teacher would have cost beyond it', () => {
    const { log, answer } = open();
    answer(byStudent, byStudent, byTeacher);

    const last = log.recent(1).buckets.at(-1)!;

    near(last.costUsd, 0.002 + 0.002 + 0.012);
    near(last.avoidedCostUsd, 0.008 + 0.008 - 0.002);
    near(log.totals().costUsd, last.costUsd);
    near(log.totals().avoidedCostUsd, last.avoidedCostUsd);
  });

  it('counts what labelling costs against what was avoided, and captured answers only once', () => {
    const { bus, log, answer } = open();
    answer(byStudent, byTeacher);
    const before = log.totals();

    const later = capturedRow({ id: 'a', route: 'student', costUsd: 0.01 });
    const escalated = capturedRow({ id: 'b', route: 'teacher', costUsd: 0.01 });
    bus.emit('captured', [later, escalated]);

    near(log.totals().costUsd, before.costUsd + 0.01);
    near(log.totals().avoidedCostUsd, before.avoidedCostUsd - 0.01);
  });

  it('totals requests and rows apart', () => {
    const { log, answer } = open();
    answer(byStudent, byTeacher, byTeacher);
    answer(byStudent);

    const { requests, rowsByRoute } = log.totals();
    assert.deepEqual([requests, rowsByRoute], [2, { ...none, student: 2, teacher: 2 }]);
  });

  it('keeps an hour, and no more', () => {
    const { clock, log, answer } = open();
    for (let bucket = 0; bucket < 800; bucket++) {
      answer(byStudent);
      clock.nowMs += 5_000;
    }

    assert.equal(log.recent(60).buckets.length, 720);
    assert.equal(log.recent(600).buckets.length, 720);
    assert.equal(log.recent(60).buckets.at(-2)!.rowsByRoute.student, 1);
  });

  it('keeps rows in the newest bucket when the clock goes back', () => {
    const { clock, log, answer } = open();
    clock.nowMs = startMs + 20_000;
    answer(byStudent);
    clock.nowMs = startMs;
    answer(byTeacher);
    clock.nowMs = startMs + 20_000;

    assert.deepEqual(log.recent(1).buckets.at(-1)!.rowsByRoute, {
      ...none,
      student: 1,
      teacher: 1,
    });
    assert.equal(log.totals().requests, 2);
  });

  it('has totals that do not change once they are read', () => {
    const { log, answer } = open();
    const totals = log.totals();

    answer(byStudent);

    assert.deepEqual([totals.requests, totals.rowsByRoute.student], [0, 0]);
  });
});

describe('the coverage that is shown', () => {
  it('is unknown before any row', () => {
    assert.equal(open().log.coverage(), null);
  });

  it('is the student’s share of the newest thousand rows', () => {
    const { log, answer } = open();
    for (let row = 0; row < 500; row++) answer(byTeacher);
    const atFirst = log.coverage();
    for (let row = 0; row < 700; row++) answer(byStudent);
    const later = log.coverage();
    answer(...Array.from({ length: 1_500 }, () => answerJson({ route: 'degraded' })));

    assert.deepEqual([atFirst, later, log.coverage()], [0, 0.7, 0]);
  });
});
