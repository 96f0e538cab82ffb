import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { decideRoute, type Route, type RouteQuestion } from '../../src/routing/decide-route.js';

const student = (reason: Route['reason']) => ({ kind: 'student', reason });
const teacher = (reason: Route['reason']) => ({ kind: 'teacher', reason });

describe('decideRoute', () => {
  type Mode = RouteQuestion['mode'];
  type Requested = RouteQuestion['requested'];
  type Case = [
    Mode,
    Requested,
    confidence: number | null,
    threshold: number | null,
    expected: object,
  ];
  const table: readonly Case[] = [
    ['risk', 'auto', 0.8, 0.8, student('confident')], // The threshold belongs to the student.
    ['risk', 'auto', 0.799, 0.8, teacher('unsure')],
    ['risk', 'auto', 1, 0.8, student('confident')],
    ['risk', 'auto', 0, 0, student('confident')],
    ['risk', 'auto', Number.NaN, 0.8, teacher('unsure')],
    ['risk', 'auto', 1, null, teacher('not-certified')],
    ['risk', 'auto', null, 0.8, teacher('no-student')],
    ['risk', 'auto', null, null, teacher('no-student')],
    ['risk', 'student', 0.1, 0.8, student('requested')],
    ['risk', 'student', 0.1, null, student('requested')],
    ['risk', 'student', null, 0.8, teacher('no-student')],
    ['risk', 'teacher', 1, 0.8, teacher('requested')],
    ['risk', 'teacher', null, null, teacher('requested')],
    ['budget', 'auto', 0.8, 0.8, student('confident')],
    ['budget', 'auto', 0.799, 0.8, teacher('unsure')],
    ['budget', 'auto', 1, null, teacher('unsure')], // It can be paid for every row.
    ['budget', 'auto', null, 0.8, teacher('no-student')],
    ['budget', 'teacher', 1, 0.8, teacher('requested')],
    ['student', 'auto', 0, null, student('policy')],
    ['student', 'auto', 0.1, 0.8, student('policy')],
    ['student', 'teacher', 1, null, teacher('requested')],
    ['teacher', 'auto', 1, 0.8, teacher('policy')],
    ['teacher', 'auto', null, null, teacher('policy')],
    ['teacher', 'student', 0.1, null, student('requested')],
    ['shadow', 'auto', 1, 0.8, teacher('shadow')],
    ['shadow', 'auto', 1, null, teacher('shadow')],
    ['shadow', 'auto', null, 0.8, teacher('no-student')],
    ['shadow', 'student', 0.1, 0.8, student('requested')],
  ];
  for (const [mode, requested, confidence, threshold, expected] of table) {
    const given = `${mode}, ${requested}, confidence ${confidence}, threshold ${threshold}`;
    it(`${given}: ${JSON.stringify(expected)}`, () => {
      assert.deepEqual(decideRoute({ mode, requested, confidence, threshold }), expected);
    });
  }

  it('leaves what is out of scope to the teacher where the threshold decides', () => {
    const sure = { confidence: 1, threshold: 0, isOutOfScope: true } as const;

    const asked = (mode: Mode, requested: Requested): Route =>
      decideRoute({ mode, requested, ...sure });
    assert.deepEqual(asked('risk', 'auto'), teacher('out-of-scope'));
    assert.deepEqual(asked('risk', 'student'), student('requested'));
    assert.deepEqual(asked('student', 'auto'), student('policy'));
    assert.deepEqual(decideRoute({ mode: 'risk', requested: 'auto', ...sure, threshold: null }), {
      kind: 'teacher',
      reason: 'not-certified',
    });
  });
});
