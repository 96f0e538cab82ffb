import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { decideRoute, type Route, type RouteQuestion } from '../../src/routing/decide-route.js';

const student = (reason: Route['reason']) => ({ kind: 'student', reason });
const teacher = (reason: Route['reason']) => ({ kind: 'teacher', reason });

describe('decideRoute', () => {
  type Requested = RouteQuestion['requested'];
  type Case = [Requested, confidence: number | null, threshold: number | null, expected: object];
  const table: readonly Case[] = [
    ['auto', 0.8, 0.8, student('confident')], // The threshold itself belongs to the student.
    ['auto', 0.799, 0.8, teacher('unsure')],
    ['auto', 1, 0.8, student('confident')],
    ['auto', 0, 0, student('confident')],
    ['auto', Number.NaN, 0.8, teacher('unsure')],
    ['auto', 1, null, teacher('not-certified')],
    ['auto', null, 0.8, teacher('no-student')],
    ['auto', null, null, teacher('no-student')],
    ['student', 0.1, 0.8, student('requested')],
    ['student', 0.1, null, student('requested')],
    ['student', null, 0.8, teacher('no-student')],
    ['teacher', 1, 0.8, teacher('requested')],
    ['teacher', null, null, teacher('requested')],
  ];
  for (const [requested, confidence, threshold, expected] of table) {
    const given = `${requested}, confidence ${confidence}, threshold ${threshold}`;
    it(`${given}: ${JSON.stringify(expected)}`, () => {
      assert.deepEqual(decideRoute({ requested, confidence, threshold }), expected);
    });
  }
});
