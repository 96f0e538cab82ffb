import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { reportPhase, tableOf, type PhaseFacts } from '../../src/demo/phase-report.js';
import type { TimedAnswer } from '../../src/replay/send-inputs.js';
import type { RouteName } from '../../src/http/api-types.js';

function answer(route: RouteName, label: string, waitedMs: number): TimedAnswer {
  return {
    waitedMs,
    answer: {
      id: 'a',
      label,
      confidence: 0.5,
      route,
      reason: 'confident',
      threshold: 0.5,
      studentVersion: 'v2-0a1b2c3d',
      teacher: null,
      latencyMs: { preprocess: 0, total: 1 },
      costUsd: 0,
    },
  };
}

/** Five by the student, of which one differs from the teacher; two by the teacher; one degraded. */
const facts: PhaseFacts = {
  title: 'letters',
  threshold: 0.5,
  answers: [
    answer('student', 'a', 1),
    answer('teacher', 'b', 30),
    answer('student', 'b', 3),
    answer('student', 'c', 2),
    answer('degraded', 'c', 90),
    answer('student', 'a', 5),
    answer('teacher', 'a', 10),
    answer('student', 'a', 4),
  ],
  trueLabels: ['a', 'b', 'b', 'a', 'a', 'a', 'a', 'c'],
  teacherLabels: ['a', 'b', 'b', 'c', 'b', 'b', 'a', 'a'],
  costUsd: 0.0024,
  teacherCostPerRowUsd: 0.001,
  delta: 0.1,
};

describe('the report of a phase', () => {
  it('counts what the callers got', () => {
    const report = reportPhase(facts);

    const { agreement, ...rest } = report;
    assert.deepEqual(rest, {
      title: 'letters',
      threshold: 0.5,
      studentVersion: 'v2-0a1b2c3d',
      rows: 8,
      studentShare: 5 / 8,
      // Wrong are the fourth answer, the degraded one and the last.
      accuracy: 5 / 8,
      // Wrong are its fourth label, the fifth, sixth and last.
      teacherAccuracy: 4 / 8,
      // Of 1, 2, 3, 4, 5: the middle, and the last below 99 %.
      waitMs: { student: { p50: 3, p99: 4 }, teacher: { p50: 10, p99: 10 } },
      costPerThousandUsd: 0.3,
      teacherForAllPerThousandUsd: 1,
    });
    // Clopper-Pearson for 4 of 5 at 90 %: Python, bisection on exact binomial tails.
    assert.equal(agreement!.estimate, 0.8);
    assert.equal(agreement!.rows, 5);
    assert.ok(Math.abs(agreement!.low - 0.3426) < 1e-4);
    assert.ok(Math.abs(agreement!.high - 0.9898) < 1e-4);
  });

  it('has no agreement and no wait of a student that answered nothing', () => {
    const answers = facts.answers.filter(({ answer: { route } }) => route === 'teacher');

    const { agreement, waitMs, studentShare } = reportPhase({ ...facts, answers });

    assert.deepEqual([agreement, waitMs.student, studentShare], [null, null, 0]);
  });

  it('judges agreement by the teacher asked apart, not by the true label', () => {
    const { agreement } = reportPhase({ ...facts, teacherLabels: facts.trueLabels });

    assert.equal(agreement!.estimate, 0.6); // The fourth and last row differ, the sixth agrees.
  });
});

describe('the table of phases', () => {
  it('puts them side by side, each number with its unit', () => {
    const first = reportPhase({
      ...facts,
      title: 'more',
      threshold: null,
      answers: facts.answers.map(({ answer: own, waitedMs }) => ({
        answer: { ...own, route: 'teacher', studentVersion: null },
        waitedMs,
      })),
    });

    const table = tableOf([first, reportPhase(facts)]);

    assert.deepEqual(table.split('\n'), [
      '                                phase 1           phase 2',
      'traffic                            more           letters',
      'student version                    none       v2-0a1b2c3d',
      'rows                                  8                 8',
      'answered by the student           0.0 %            62.5 %',
      'agreement with the teacher            -            80.0 %',
      '  interval                            -   34.3 % - 99.0 %',
      'threshold at the end                  -             0.500',
      'accuracy (true labels)           62.5 %            62.5 %',
      '  of the teacher                 50.0 %            50.0 %',
      'student p50 / p99, ms                 -         3.0 / 4.0',
      'teacher p50 / p99, ms        4.0 / 30.0       10.0 / 10.0',
      'cost per 1000, $                  0.300             0.300',
      '  teacher for all, $              1.000             1.000',
    ]);
  });
});
