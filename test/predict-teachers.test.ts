import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { TeacherFailedError } from '../src/errors.js';
import { createAnswerCache } from '../src/serving/answer-cache.js';
import type { Input } from '../src/task/task.js';
import type { CallContext, TeacherAnswer } from '../src/teacher/teacher.js';
import { createTeacherGroup } from '../src/teacher/resilience/teacher-group.js';
import { FakeTeacher } from './fakes/fake-teacher.js';
import {
  ask,
  openPredictRig,
  sure,
  undrawn,
  unsure,
  type RigOptions,
} from './support/predict-rig.js';

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

/** Answers the first rows it is asked about, and has something against the next one. */
class PickyTeacher extends FakeTeacher {
  constructor(private readonly rowsLiked: number) {
    super();
  }

  override async label(
    inputs: readonly Input[],
    signal?: AbortSignal,
    context?: CallContext,
  ): Promise<readonly TeacherAnswer[]> {
    const answers = await super.label(inputs.slice(0, this.rowsLiked), signal, context);
    answers.forEach((answer, row) => context?.answered?.(row, answer));
    if (this.rowsLiked < inputs.length)
      throw new TeacherFailedError('It says no.', { status: 400 });
    return answers;
  }
}

describe('a request of which the teacher answers some rows', () => {
  const options = { teacher: new PickyTeacher(2), policy: { onTeacherFailure: 'error' } } as const;

  it('says which inputs had no answer, by their places among all', async () => {
    const { predict, capture } = openPredictRig(options);
    const inputs = [sure(), unsure(), unsure(), sure(), unsure(), unsure()];

    await assert.rejects(ask(predict, inputs), {
      code: 'TEACHER_FAILED',
      message:
        'It says no. inputs[4], inputs[5] had no answer; the other 2 rows were answered, and are ' +
        'kept. Ask again without what fails.',
      details: { status: 400, answered: 2, unanswered: 'inputs[4], inputs[5]' },
    });
    assert.equal(capture.rows.length, 2);
  });

  it('names no input where none was answered', async () => {
    const { predict } = openPredictRig({ ...options, teacher: new PickyTeacher(0) });

    await assert.rejects(ask(predict, [unsure(), unsure()]), { message: 'It says no.' });
  });

  it('has the student’s answers for those alone, where the policy wants that', async () => {
    const { predict } = openPredictRig({ teacher: new PickyTeacher(1) });
    const answers = await ask(predict, [unsure(), unsure()]);

    assert.deepEqual(
      answers.map(({ route }) => route),
      ['teacher', 'degraded'],
    );
  });
});
