import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ForbiddenError, InvalidInputError, NotFoundError } from '../../src/errors.js';
import { createErasedSubjects } from '../../src/serving/erased-subjects.js';
import { createFeedbackIntake } from '../../src/serving/feedback-intake.js';
import type { RecentAnswer } from '../../src/serving/recent-answers.js';
import type { FeedbackRequest } from '../../src/task/task-service.js';
import { MemoryCapture } from '../fakes/memory-capture.js';
import { capturedRow } from '../support/captured-row.js';
import { createGate } from '../support/gate.js';
import { pendingRow } from '../support/pending-row.js';
import { portOf } from '../support/port-of.js';
import { squareTask } from '../support/square-task.js';

const said = (changes: Partial<FeedbackRequest> = {}): FeedbackRequest => ({
  ...{ id: 'row-1', label: 'bright', isReview: false, client: 'ann', ofKey: null },
  ...changes,
});
const everything = { task: 'squares', teacherVersion: 't9', rowsMax: 9, createdAfterMs: 0 };

function openIntake(recent: Readonly<Record<string, RecentAnswer>> = {}) {
  const capture = new MemoryCapture();
  const asked: string[] = [];
  const now = (): number => 1_700_000_002_000;
  const erased = createErasedSubjects(portOf(capture), now);
  const give = createFeedbackIntake({
    spec: squareTask,
    ...{ capture: erased.capture, erased },
    recall: async (id) => {
      asked.push(id);
      return recent[id] ?? null;
    },
    now,
  });
  return { capture, give, asked, erased };
}
/** A sure row of the student that nobody drew for anything. */
const studentRow = pendingRow(1, { isHoldout: false, isTrainable: true, propensity: 0 });

describe('feedback', () => {
  it('about a row of the log is written beside it, and may be replaced', async () => {
    const { capture, give, asked } = openIntake();
    await capture.append([capturedRow({ id: 'row-1', task: 'squares' })]);

    const first = await give(said());
    const same = await give(said());
    const other = await give(said({ label: 'dark', isReview: true }));

    assert.deepEqual(first, { id: 'row-1', label: 'bright', replaced: null });
    assert.deepEqual(same, { id: 'row-1', label: 'bright', replaced: 'bright' });
    assert.deepEqual(other, { id: 'row-1', label: 'dark', replaced: 'bright' });
    const row = await capture.findRow('squares', 'row-1');
    const givenMs = 1_700_000_002_000;
    assert.deepEqual(row!.feedback, { label: 0, origin: 'review', givenMs });
    assert.deepEqual([capture.rows.length, asked], [1, []]);
  });

  it('about an answer of the student makes a row that may be learnt from', async () => {
    const { capture, give } = openIntake({ 'row-1': { row: studentRow, isOwed: false } });

    await Promise.all([give(said()), give(said({ label: 'dark' }))]);

    const [row, ...more] = await capture.readTraining(everything);
    assert.equal(more.length, 0);
    const { source, propensity, teacherName, teacherVersion, costUsd } = row!;
    assert.deepEqual(
      { source, propensity, teacherName, teacherVersion, costUsd },
      { source: 'feedback', propensity: 1, teacherName: '', teacherVersion: '', costUsd: 0 },
    );
    assert.deepEqual([row!.input, row!.inputHash], [studentRow.input, studentRow.inputHash]);
    assert.equal(row!.feedback!.label, 0);
  });

  it('about a row that the teacher is yet to label waits for it', async () => {
    const { capture, give } = openIntake({ 'row-1': { row: pendingRow(1), isOwed: true } });

    await give(said());
    assert.equal(capture.rows.length, 0);
    await capture.append([capturedRow({ id: 'row-1', task: 'squares', isHoldout: true })]);

    assert.equal((await capture.findRow('squares', 'row-1'))!.feedback!.label, 1);
    assert.deepEqual(await capture.readTraining(everything), []);
  });

  it('about an input that is kept out of training teaches nothing', async () => {
    const row = { ...studentRow, isTrainable: false };
    const { capture, give } = openIntake({ 'row-1': { row, isOwed: false } });

    await give(said());

    assert.equal(capture.rows.length, 1);
    assert.deepEqual(await capture.readTraining(everything), []);
  });

  it('about an answer that nobody knows is refused in words', async () => {
    const { capture, give } = openIntake();

    await assert.rejects(give(said({ id: 'x' })), (error: unknown) => {
      assert.ok(error instanceof NotFoundError);
      return /No answer of squares with the id "x" is known.*serving\.recentBytesMax/.test(
        error.message,
      );
    });
    assert.equal(capture.rows.length, 0);
  });

  it('about an answer found before its subject was erased keeps nothing of it', async () => {
    for (const isOwed of [false, true]) {
      const { capture, give, erased } = openIntake({
        'row-1': { row: { ...studentRow, subject: 'ann' }, isOwed },
      });
      assert.deepEqual(await erased.bar('ann'), []);

      await assert.rejects(give(said()), NotFoundError);

      assert.equal(capture.rows.length, 0);
      await capture.append([capturedRow({ id: 'row-1', task: 'squares' })]);
      assert.equal((await capture.findRow('squares', 'row-1'))!.feedback, null);
    }
  });

  it('about a row that was found before it was erased leaves no label behind', async () => {
    const { capture, give } = openIntake();
    const row = capturedRow({ id: 'row-1', task: 'squares', subject: 'ann' });
    await capture.append([row]);
    const found = createGate();
    const findRow = capture.findRow.bind(capture);
    capture.findRow = async (task, id) => {
      const stored = await findRow(task, id);
      await found.promise;
      return stored;
    };
    const given = give(said());
    await capture.eraseSubject('squares', 'ann', 9);

    found.open();

    await assert.rejects(given, NotFoundError);
  });

  it('about a row that has yet to come is known when its subject is erased', async () => {
    const row = { ...pendingRow(1), subject: 'ann' };
    const { capture, give, erased } = openIntake({ 'row-1': { row, isOwed: true } });
    await give(said());

    assert.deepEqual(await erased.bar('ben'), []);
    assert.deepEqual(await erased.bar('ann'), ['row-1']);

    assert.equal(capture.rows.length, 0);
  });

  it('with a label that the task has not is refused, and says which there are', async () => {
    const { give, asked } = openIntake();

    await assert.rejects(give(said({ label: 'grey' })), (error: unknown) => {
      assert.ok(error instanceof InvalidInputError);
      return error.message === 'label must be one of dark, bright.';
    });
    assert.deepEqual(asked, []);
  });

  it('of a key that may only predict is taken about its own answers alone', async () => {
    const { capture, give } = openIntake();
    const clients = [null, 'shop', 'shop/till 7', 'shopper', 'other/shop'];
    await capture.append(
      clients.map((client, k) => capturedRow({ id: `${k}`, task: 'squares', client })),
    );

    const outcomes = await Promise.allSettled(
      clients.map((_, k) => give(said({ id: `${k}`, ofKey: 'shop' }))),
    );

    assert.deepEqual(
      outcomes.map(({ status }) => status),
      ['rejected', 'fulfilled', 'fulfilled', 'rejected', 'rejected'],
    );
    for (const outcome of outcomes)
      if (outcome.status === 'rejected') assert.ok(outcome.reason instanceof ForbiddenError);
  });
});
