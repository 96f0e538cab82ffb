import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { TeacherFailedError } from '../src/errors.js';
import type { AnswerJson } from '../src/http/api-types.js';
import { createAnswerCache } from '../src/serving/answer-cache.js';
import type { RowDraw } from '../src/serving/draw-row.js';
import type { Input } from '../src/task/task.js';
import { FakeStudent } from './fakes/fake-student.js';
import { FakeTeacher } from './fakes/fake-teacher.js';
import {
  ask,
  confidentLogits,
  openPredictRig,
  sure,
  undrawn,
  unsure,
  type RigOptions,
} from './support/predict-rig.js';

const drawOf = (input: Input, holdout = 0.999): RowDraw => ({
  ...undrawn,
  inputHash: Buffer.from(input).toString('hex'),
  holdout,
});

/** A path of requests that remembers answers. */
function openCachedRig(options: RigOptions = {}) {
  const known = createAnswerCache({ bytesMax: 1_000_000 });
  const student = new FakeStudent(confidentLogits);
  return {
    known,
    student,
    ...openPredictRig({ student, drawRow: (input) => drawOf(input), known, ...options }),
  };
}

/** What an equal input must be told again, however it was answered first. */
const saidOf = ({ label, confidence, threshold, teacher, probabilities }: AnswerJson) => ({
  ...{ label, confidence, threshold, teacher, probabilities },
});

describe('a row that equals an earlier one', () => {
  for (const [who, input, teacher] of [
    ['the student', sure(), null],
    ['the teacher', unsure(), 'oracle'],
  ] as const)
    it(`is told what ${who} said, for nothing, under an id of its own`, async () => {
      const rig = openCachedRig();
      const asked = { hasProbabilities: true };

      const [first] = await ask(rig.predict, [input], asked);
      const [again] = await ask(rig.predict, [input], asked);

      assert.equal(first!.teacher, teacher);
      assert.deepEqual(again, {
        ...saidOf(first!),
        id: 'row-1',
        route: 'cache',
        reason: 'known',
        studentVersion: 'v1-00000001',
        latencyMs: { preprocess: 0.5, total: 0.5 },
        costUsd: 0,
      });
      assert.equal(first!.id, 'row-0');
      assert.equal(Object.keys(again.probabilities!).length, 2);
      assert.equal(rig.student.calls.length, 1);
      assert.equal(rig.teacher.asked.length, teacher === null ? 0 : 1);
      assert.equal(rig.capture.rows.length, teacher === null ? 0 : 1);
    });

  it('is given probabilities when it asks for them, though the first did not', async () => {
    const { predict } = openCachedRig();

    const [first] = await ask(predict, [unsure()]);
    const [again] = await ask(predict, [unsure()], { hasProbabilities: true });
    const [third] = await ask(predict, [unsure()]);

    assert.equal('probabilities' in first!, false);
    assert.deepEqual(again!.probabilities, { dark: 0.25, bright: 0.75 });
    assert.equal('probabilities' in third!, false);
  });

  it('is announced like any other answer', async () => {
    const { predict, bus } = openCachedRig();
    const routes: string[] = [];
    bus.on('answered', (answers) => routes.push(...answers.map(({ route }) => route)));

    await ask(predict, [sure()]);
    await ask(predict, [sure()]);

    assert.deepEqual(routes, ['student', 'cache']);
  });

  it('is answered where there is no student, by what the teacher said', async () => {
    const { predict, teacher } = openCachedRig({ student: null });

    await ask(predict, [sure()]);
    const [again] = await ask(predict, [sure()]);

    assert.deepEqual([again!.route, again!.confidence, again!.label], ['cache', null, 'bright']);
    assert.equal(teacher.asked.length, 1);
  });

  it('needs no room at the student', async () => {
    const student = new FakeStudent(confidentLogits, { limitRows: 1 });
    const { predict } = openCachedRig({ student });
    await ask(predict, [sure()]);
    const held = student.limit.enter(1);

    const [again] = await ask(predict, [sure()]);

    assert.equal(again!.route, 'cache');
    held.leave('done');
  });
});

describe('an answer is not known again', () => {
  it('to a holdout row, which does not leave its own either', async () => {
    let holdout = 0.999;
    const rig = openCachedRig({ drawRow: (input) => drawOf(input, holdout) });
    await ask(rig.predict, [sure(1)]);

    holdout = 0;
    const [afterOther] = await ask(rig.predict, [sure(1)]);
    const [first] = await ask(rig.predict, [sure(2)]);
    assert.equal(rig.later.length, 2);
    holdout = 0.999;
    const [afterHoldout] = await ask(rig.predict, [sure(2)]);

    const routes = [afterOther, first, afterHoldout].map((answer) => answer!.route);
    assert.deepEqual(routes, ['student', 'student', 'student']);
  });

  for (const route of ['student', 'teacher'] as const)
    it(`when the ${route} was asked for by name, nor is it given to such a request`, async () => {
      const { predict } = openCachedRig();

      await ask(predict, [sure(1)], { route });
      const [auto] = await ask(predict, [sure(1)]);
      const [byName] = await ask(predict, [sure(1)], { route });

      assert.deepEqual([auto!.route, byName!.route], ['student', route]);
    });

  it('when it was degraded', async () => {
    const teacher = new FakeTeacher();
    teacher.onLabel = () => {
      throw new TeacherFailedError('It is down.');
    };
    const { predict, known } = openCachedRig({ teacher });

    const [degraded] = await ask(predict, [unsure()]);
    teacher.onLabel = () => {};
    const [next] = await ask(predict, [unsure()]);

    assert.deepEqual([degraded!.route, next!.route], ['degraded', 'teacher']);
    assert.equal(known.stats.rows, 1);
  });

  it('when a degraded batch had it, though the student was sure of other rows in it', async () => {
    const teacher = new FakeTeacher();
    teacher.onLabel = () => {
      throw new TeacherFailedError('It is down.');
    };
    const { predict } = openCachedRig({ teacher });

    await ask(predict, [unsure(1), sure(1)]);
    teacher.onLabel = () => {};
    const answers = await ask(predict, [unsure(1), sure(1)]);

    assert.deepEqual(
      answers.map(({ route }) => route),
      ['teacher', 'cache'],
    );
  });

  it('under another version of the student', async () => {
    const { predict, slot } = openCachedRig();
    await ask(predict, [sure()]);

    await slot.swap(new FakeStudent(confidentLogits, { version: 'v2-00000002' }));
    const [answer] = await ask(predict, [sure()]);

    assert.deepEqual([answer!.route, answer!.studentVersion], ['student', 'v2-00000002']);
  });

  it('under another threshold', async () => {
    const { predict, guarantee } = openCachedRig();
    await ask(predict, [sure()]);

    guarantee.bind('another', []);
    const [answer] = await ask(predict, [sure()]);

    assert.deepEqual([answer!.route, answer!.threshold], ['teacher', null]);
  });

  it('when its request failed', async () => {
    const teacher = new FakeTeacher();
    teacher.onLabel = () => {
      throw new TeacherFailedError('It is down.');
    };
    const policy = { onTeacherFailure: 'error' } as const;
    const { predict, known } = openCachedRig({ teacher, policy });

    await assert.rejects(ask(predict, [sure(), unsure()]), TeacherFailedError);

    assert.equal(known.stats.rows, 0);
  });
});

describe('a batch of known and fresh rows', () => {
  it('is merged in its order, and only fresh rows reach student and teacher', async () => {
    const { predict, student, teacher } = openCachedRig();
    const [knownSure, knownUnsure] = [sure(1), unsure(2)];
    await ask(predict, [knownUnsure, knownSure]);

    const fresh = [unsure(3), sure(4)] as const;
    const answers = await ask(predict, [fresh[0], knownSure, fresh[1], knownUnsure]);

    assert.deepEqual(
      answers.map(({ route, label }) => `${route}: ${label}`),
      ['teacher: bright', 'cache: dark', 'student: dark', 'cache: bright'],
    );
    assert.deepEqual(student.calls.at(-1), [fresh[0], fresh[1]]);
    assert.deepEqual(teacher.asked.at(-1), [fresh[0]]);
    assert.equal(new Set(answers.map(({ id }) => id)).size, 4);
  });

  it('of known rows alone asks nobody', async () => {
    const { predict, student } = openCachedRig();
    await ask(predict, [sure(1), sure(2)]);

    const answers = await ask(predict, [sure(2), sure(1), sure(2)]);

    assert.deepEqual(
      answers.map(({ route }) => route),
      ['cache', 'cache', 'cache'],
    );
    assert.equal(student.calls.length, 1);
  });
});
