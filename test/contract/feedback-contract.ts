import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Capture, Feedback, RowFilter, StoredRow } from '../../src/capture/capture.js';
import { CaptureFailedError } from '../../src/errors.js';
import { capturedRow } from '../support/captured-row.js';
import { openBeforeEach } from './open-before-each.js';

const everything: RowFilter = {
  task: 'digits',
  teacherVersion: 't1-aaaaaaaa',
  rowsMax: 100_000,
  createdAfterMs: 0,
};
const idsOf = (rows: readonly StoredRow[]): string[] => rows.map(({ id }) => id);
const said = (id: string, label: number, changes: Partial<Feedback> = {}): Feedback => ({
  ...{ task: 'digits', id, label, origin: 'caller', givenMs: 1_700_000_001_000, client: 'ann' },
  ...changes,
});

/** What every capture log must do with labels that people give. */
export function describeFeedback(name: string, open: () => Promise<Capture>): void {
  describe(`feedback in ${name}`, () => {
    let capture: Capture;
    openBeforeEach(open, (fresh) => (capture = fresh));

    it('finds a row by its id, of its task alone', async () => {
      const row = capturedRow({ id: 'a', isHoldout: true });
      await capture.append([row]);

      assert.equal((await capture.findRow('digits', 'a'))?.inputHash, row.inputHash);
      assert.equal(await capture.findRow('letters', 'a'), null);
      assert.equal(await capture.findRow('digits', 'b'), null);
    });

    it('shows what was said of a row with it, the last word alone', async () => {
      await capture.append([capturedRow({ id: 'a' }), capturedRow({ id: 'b' })]);

      assert.equal(await capture.appendFeedback(said('a', 4)), null);
      assert.equal(await capture.appendFeedback(said('a', 4)), 4);
      const last = said('a', 7, { origin: 'review', givenMs: 5 });
      assert.equal(await capture.appendFeedback(last), 4);

      const [b, a] = await capture.readTraining(everything);
      assert.deepEqual(a!.feedback, { label: 7, origin: 'review', givenMs: 5 });
      assert.equal(a!.teacherLabel, 1);
      assert.equal(b!.feedback, null);
      assert.deepEqual((await capture.findRow('digits', 'a'))!.feedback, a!.feedback);
    });

    it('keeps what is said before the row comes', async () => {
      await capture.appendFeedback(said('late', 3));
      assert.equal(await capture.findRow('digits', 'late'), null);

      await capture.append([capturedRow({ id: 'late' })]);

      assert.equal((await capture.findRow('digits', 'late'))!.feedback!.label, 3);
    });

    it('keeps tasks apart', async () => {
      await capture.append([capturedRow({ id: 'a' })]);

      assert.equal(await capture.appendFeedback(said('a', 1, { task: 'letters' })), null);

      assert.equal((await capture.findRow('digits', 'a'))!.feedback, null);
    });

    it('never makes a training row of a holdout row, nor of its twins', async () => {
      const inputHash = 'cafe0123cafe0123';
      await capture.append([
        capturedRow({ id: 'held', isHoldout: true, inputHash }),
        capturedRow({ id: 'twin', inputHash }),
        capturedRow({ id: 'kept-out', isTrainable: false }),
      ]);

      for (const id of ['held', 'twin', 'kept-out']) {
        await capture.appendFeedback(said(id, 2));
        await capture.appendFeedback(said(id, 3, { origin: 'review' }));
      }

      assert.deepEqual(await capture.readTraining(everything), []);
      const [held] = await capture.readHoldout(everything);
      assert.deepEqual([held!.id, held!.isHoldout, held!.feedback!.label], ['held', true, 3]);
      assert.equal((await capture.count('digits')).holdoutRows, 1);
    });

    it('says nothing once it is closed', async () => {
      await capture.close();
      await assert.rejects(capture.appendFeedback(said('a', 1)), CaptureFailedError);
      await assert.rejects(capture.findRow('digits', 'a'), CaptureFailedError);
    });

    describeReview(() => capture);
  });
}

function describeReview(capture: () => Capture): void {
  const agreed = { studentLabel: 1, teacherLabel: 1 };
  const differed = { studentLabel: 0, teacherLabel: 1 };

  it('wants a person where the two differ first, then where the student was unsure', async () => {
    await capture().append([
      capturedRow({ id: 'agreed-sure', confidence: 0.9, ...agreed }),
      capturedRow({ id: 'differ-sure', confidence: 0.95, ...differed }),
      capturedRow({ id: 'agreed-unsure', confidence: 0.2, ...agreed }),
      capturedRow({ id: 'differ-unsure', confidence: 0.3, ...differed }),
    ]);
    const review = async (rowsMax: number) =>
      idsOf(await capture().readReview({ task: 'digits', rowsMax }));

    assert.deepEqual(await review(9), [
      ...['differ-unsure', 'differ-sure', 'agreed-unsure', 'agreed-sure'],
    ]);
    assert.deepEqual(await review(1), ['differ-unsure']);
    await capture().appendFeedback(said('differ-unsure', 1, { origin: 'review' }));
    assert.deepEqual(await review(1), ['differ-sure']);
  });

  it('shows nobody what certifies, what has no input, and what no student has seen', async () => {
    await capture().append([
      capturedRow({ id: 'held', isHoldout: true, ...differed }),
      capturedRow({ id: 'unseen', studentLabel: null }),
      capturedRow({ id: 'said', source: 'feedback', ...differed }),
      capturedRow({
        ...{ id: 'empty', inputKept: 'hash', isTrainable: false, input: new Uint8Array(0) },
      }),
      capturedRow({ id: 'other-task', task: 'letters', ...differed }),
      capturedRow({ id: 'wanted', ...differed }),
    ]);

    const rows = await capture().readReview({ task: 'digits', rowsMax: 9 });

    assert.deepEqual(idsOf(rows), ['wanted']);
  });

  it('tells what was reviewed, newest row first, of one teacher', async () => {
    await capture().append([
      capturedRow({ id: 'a' }),
      capturedRow({ id: 'b' }),
      capturedRow({ id: 'c', teacherVersion: 't2-b' }),
      capturedRow({ id: 'd' }),
    ]);
    for (const id of ['b', 'a', 'c'])
      await capture().appendFeedback(said(id, 1, { origin: 'review' }));
    await capture().appendFeedback(said('d', 1));

    const filter = { task: 'digits', teacherVersion: 't1-aaaaaaaa', rowsMax: 9 };
    assert.deepEqual(idsOf(await capture().readReviewed(filter)), ['b', 'a']);
    assert.deepEqual(idsOf(await capture().readReviewed({ ...filter, rowsMax: 1 })), ['b']);
  });
}
