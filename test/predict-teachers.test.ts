import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { TeacherFailedError } from '../src/errors.js';
import { createAnswerCache } from '../src/serving/answer-cache.js';
import { createTeacherGroup } from '../src/teacher/resilience/teacher-group.js';
import { FakeTeacher } from './fakes/fake-teacher.js';
import { ask, openPredictRig, undrawn, unsure, type RigOptions } from './support/predict-rig.js';

/** The one that students are held against is down; another one stands in. */
function openStoodIn(otherVersion: string, options: RigOptions = {}) {
  const teacher = new FakeTeacher();
  const label = teacher.label.bind(teacher);
  const first = Object.assign(new FakeTeacher(), {
    onLabel: () => {
      throw new TeacherFailedError('Down.');
    },
  });
  const other = {
    ...{ name: 'second', version: otherVersion, costPerRowUsd: 0.02 },
    label,
    close: async () => {},
  };
  const members = [first, other].map((one) => ({ teacher: one, weight: null }));
  const group = createTeacherGroup(members, () => 0);
  const asked = Object.assign(new FakeTeacher(), { label: group.label.bind(group) });
  return openPredictRig({ ...options, teacher: asked });
}
const heldOut = { drawRow: () => ({ ...undrawn, holdout: 0 }) };

describe('an answer of another teacher', () => {
  it('names it, to the caller and in the row', async () => {
    const { predict, capture, later } = openStoodIn('t2');
    const [answer] = await ask(predict, [unsure()]);

    assert.deepEqual([answer!.route, answer!.teacher], ['teacher', 'second']);
    const [row] = capture.rows;
    assert.deepEqual([row!.teacherName, row!.teacherVersion], ['second', 't2']);
    assert.deepEqual(later, []);
  });

  it('is no evidence: the one that students imitate labels the holdout row later', async () => {
    const { predict, capture, later } = openStoodIn('t2', heldOut);
    const [answer] = await ask(predict, [unsure()]);

    const [row] = capture.rows;
    assert.deepEqual([row!.id, row!.isHoldout], [answer!.id, false]);
    const [owed] = later;
    assert.notEqual(owed!.id, answer!.id);
    assert.deepEqual(
      [owed!.isHoldout, owed!.route, owed!.reason, owed!.confidence],
      [true, 'degraded', 'teacher-other', answer!.confidence],
    );
    assert.equal(owed!.inputHash, row!.inputHash);
  });

  it('is evidence where it has the same version: labels of one version mean the same', async () => {
    const { predict, capture, later } = openStoodIn('t1-00000001', heldOut);
    await ask(predict, [unsure()]);

    assert.deepEqual([capture.rows[0]!.isHoldout, capture.rows[0]!.teacherName], [true, 'second']);
    assert.deepEqual(later, []);
  });

  it('is given again from the cache under its name', async () => {
    const known = createAnswerCache({ bytesMax: 100_000 });
    const { predict } = openStoodIn('t2', { known });
    await ask(predict, [unsure()]);
    const [again] = await ask(predict, [unsure()]);
    await setImmediate();

    assert.deepEqual([again!.route, again!.teacher], ['cache', 'second']);
  });
});
