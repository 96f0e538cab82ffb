import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createAnswerCache } from '../src/serving/answer-cache.js';
import { FakeStudent } from './fakes/fake-student.js';
import {
  ask,
  confidentLogits,
  openPredictRig,
  sure,
  undrawn,
  unsure,
} from './support/predict-rig.js';

const heldOut = { ...undrawn, holdout: 0 };
const explored = { ...undrawn, explore: 0 };

describe('a row that the student answers', () => {
  it('is remembered, with its input and what the draw has decided', async () => {
    const rig = openPredictRig();
    const [answer] = await ask(rig.predict, [sure()], { subject: 'patient 7' });

    const { row, isOwed } = rig.recent.find(answer!.id)!;

    assert.equal(isOwed, false);
    const { input, isTrainable, isHoldout, studentLabel, client, subject } = row;
    assert.deepEqual(
      { input, isTrainable, isHoldout, studentLabel, client, subject },
      {
        ...{ input: sure(), isTrainable: true, isHoldout: false, studentLabel: 0 },
        ...{ client: 'shop', subject: 'patient 7' },
      },
    );
  });

  for (const [what, draw] of Object.entries({ 'held out': heldOut, explored }))
    it(`is known as one that the teacher labels, when it is ${what}`, async () => {
      const rig = openPredictRig({ drawRow: () => draw, policy: { exploreRate: 0.1 } });

      const [answer] = await ask(rig.predict, [sure()]);

      assert.equal(rig.recent.find(answer!.id)!.isOwed, true);
      assert.equal(rig.later.length, 1);
    });

  it('is remembered also where the answer was known', async () => {
    const known = createAnswerCache({ bytesMax: 1_000_000 });
    const student = new FakeStudent(confidentLogits);
    const rig = openPredictRig({ known, student });
    await ask(rig.predict, [sure()]);

    const [again] = await ask(rig.predict, [sure()]);

    assert.equal(again!.route, 'cache');
    const { row } = rig.recent.find(again!.id)!;
    assert.deepEqual([row.input, row.route, row.studentLabel], [sure(), 'cache', 0]);
  });

  it('is not remembered when the log has it', async () => {
    const rig = openPredictRig();
    const [answer] = await ask(rig.predict, [unsure()]);

    assert.equal(answer!.route, 'teacher');
    assert.equal(rig.recent.find(answer!.id), null);
  });
});

describe('a request of which nothing may be kept', () => {
  const noStore = { isStored: false };

  it('gets the answers of both, and leaves nothing in the log or in memory', async () => {
    const known = createAnswerCache({ bytesMax: 1_000_000 });
    const rig = openPredictRig({ known });
    const captured: unknown[] = [];
    rig.bus.on('captured', (rows) => captured.push(...rows));

    const answers = await ask(rig.predict, [sure(), unsure()], noStore);
    const again = await ask(rig.predict, [sure(), unsure()], noStore);

    assert.deepEqual(
      [...answers, ...again].map(({ route }) => route),
      ['student', 'teacher', 'student', 'teacher'],
    );
    assert.deepEqual([rig.capture.rows, captured, rig.later], [[], [], []]);
    for (const { id } of answers) assert.equal(rig.recent.find(id), null);
  });

  it('is drawn for nothing', async () => {
    const rig = openPredictRig({
      drawRow: () => ({ ...undrawn, holdout: 0, explore: 0 }),
      policy: { exploreRate: 1 },
    });

    await ask(rig.predict, [sure(), unsure()], noStore);

    assert.deepEqual([rig.capture.rows, rig.later], [[], []]);
  });
});
