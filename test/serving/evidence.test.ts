import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { InvalidModelOutputError } from '../../src/errors.js';
import { evidenceOf, ownEvidenceOf } from '../../src/serving/evidence.js';
import { FakeStudent } from '../fakes/fake-student.js';
import { capturedRow } from '../support/captured-row.js';
import { square } from '../support/square-task.js';

const lead = (logit: number): number => 2 / (1 + Math.exp(-logit)) - 1;

describe('evidence', () => {
  const student = new FakeStudent(() => Float32Array.of(3, 0), { version: 'v2', score: 'margin' });
  const row = capturedRow({
    id: 'a',
    input: square(0.9),
    studentVersion: 'v2',
    studentLogits: Float32Array.of(1, 0),
    teacherLabel: 0,
  });

  it('reads confidence by the score that the student’s bundle names', () => {
    const { confidence, disagrees } = ownEvidenceOf(student, row)!;

    assert.ok(Math.abs(confidence - lead(1)) < 1e-12);
    assert.equal(disagrees, false);
  });

  it('reads it by the same score where the student scores the row again', async () => {
    const foreign = { ...row, studentVersion: 'v1', teacherLabel: 1 };
    assert.equal(ownEvidenceOf(student, foreign), null);

    const [own, again] = await evidenceOf(student, [row, foreign]);

    assert.ok(Math.abs(own!.confidence - lead(1)) < 1e-12);
    assert.ok(Math.abs(again!.confidence - lead(3)) < 1e-12);
    assert.equal(again!.disagrees, true);
  });

  it('names the version and the row that it can not answer', async () => {
    const nan = new InvalidModelOutputError('It gave NaN, row 1.', { row: 1 });
    const onPredict = () => Promise.reject(nan);
    const spoilt = new FakeStudent(() => Float32Array.of(3, 0), { version: 'v3', onPredict });

    await assert.rejects(evidenceOf(spoilt, [row, { ...row, id: 'b' }]), {
      name: 'InvalidModelOutputError',
      message: 'v3 can not answer the captured row b: It gave NaN, row 1.',
      details: { row: 'b', version: 'v3' },
    });
  });
});
