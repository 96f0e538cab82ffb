import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  noTeacherVersion,
  type Capture,
  type CapturedRow,
  type RowFilter,
  type StoredRow,
} from '../../src/capture/capture.js';
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
const said = { task: 'digits', label: 2, origin: 'caller', givenMs: 1, client: null } as const;

/** What every capture log must do as a whole: know uses of rows, take rows in, let them go. */
export function describeRows(name: string, open: () => Promise<Capture>): void {
  describe(`the log as a whole in ${name}`, () => {
    let capture: Capture;
    openBeforeEach(open, (fresh) => (capture = fresh));

    async function all(rowsMax: number): Promise<StoredRow[]> {
      const rows: StoredRow[] = [];
      for (let page; (page = await nextPage(rows, rowsMax)).length > 0;) rows.push(...page);
      return rows;
    }
    const nextPage = (rows: readonly StoredRow[], rowsMax: number) =>
      capture.readPage({ task: 'digits', afterSequence: rows.at(-1)?.sequence ?? 0, rowsMax });

    const innocent = capturedRow({ id: 'innocent' });
    const holdout = capturedRow({ id: 'holdout', isHoldout: true });

    it('takes a row that no teacher has labelled to be of every one', async () => {
      const nobodys = { teacherVersion: noTeacherVersion };
      await capture.append([
        innocent,
        capturedRow({ id: 'imported', source: 'import', ...nobodys }),
        capturedRow({ id: 'said', source: 'feedback', ...nobodys }),
      ]);

      const other = { ...everything, teacherVersion: 't9-99999999' };
      assert.deepEqual(idsOf(await capture.readTraining(other)), ['said', 'imported']);
      const own = await capture.readTraining(everything);
      assert.deepEqual(idsOf(own), ['said', 'imported', 'innocent']);
      const newest = await capture.readTraining({ ...everything, rowsMax: 2 });
      assert.deepEqual(idsOf(newest), ['said', 'imported']);
    });

    it('leaves out rows without their input, of both uses', async () => {
      const empty = { input: new Uint8Array(0), isTrainable: false };
      await capture.append([
        capturedRow({ id: 'hash', inputKept: 'hash', ...empty }),
        capturedRow({ id: 'held', inputKept: 'none', isHoldout: true, ...empty }),
        innocent,
      ]);

      assert.deepEqual(idsOf(await capture.readTraining(everything)), ['innocent']);
      assert.deepEqual(await capture.readHoldout(everything), []);
      assert.equal((await capture.holdoutDigests('digits')).size, 0);
      const row = { ...innocent, id: 'open', inputKept: 'hash' as const };
      await assert.rejects(capture.append([row]), CaptureFailedError);
    });

    it('refuses a holdout row that does not come from traffic', async () => {
      for (const source of ['import', 'feedback'] as const)
        await assert.rejects(capture.append([{ ...holdout, source }]), CaptureFailedError);
    });

    it('is gone through from the oldest row on, of every use and teacher', async () => {
      await capture.append([
        capturedRow({ id: 'a' }),
        capturedRow({ id: 'b', isHoldout: true }),
        capturedRow({ id: 'x', task: 'letters' }),
        capturedRow({ id: 'c', teacherVersion: 't2-b', isTrainable: false }),
      ]);
      await capture.appendFeedback({ ...said, id: 'b' });

      for (const rowsMax of [1, 2, 9]) assert.deepEqual(idsOf(await all(rowsMax)), ['a', 'b', 'c']);
      assert.equal((await all(9))[1]!.feedback!.label, 2);
    });

    it('ends a page before large rows take much memory', async () => {
      const input = new Uint8Array(600_000);
      await capture.append(['a', 'b', 'c', 'd'].map((id) => capturedRow({ id, input })));

      assert.deepEqual(idsOf(await all(100)), ['a', 'b', 'c', 'd']);
    });

    const imported = (id: string, changes: Partial<CapturedRow> = {}): CapturedRow =>
      capturedRow({ id, source: 'import', teacherVersion: noTeacherVersion, ...changes });

    it('takes rows from elsewhere once', async () => {
      await capture.append([capturedRow({ id: 'own' })]);
      const rows = [imported('a'), imported('own'), imported('b'), imported('a')];

      const first = await capture.addNew(rows);
      const again = await capture.addNew(rows);

      assert.deepEqual(first, { added: 2, known: 2, erased: 0, ofOthers: [] });
      assert.deepEqual(again, { added: 0, known: 4, erased: 0, ofOthers: [] });
      assert.deepEqual(idsOf(await capture.readTraining(everything)), ['b', 'a', 'own']);
    });

    it('tells the ids that another task has, and adds none of those rows', async () => {
      await capture.append([capturedRow({ id: 'theirs', task: 'letters' })]);

      const came = await capture.addNew([imported('theirs'), imported('a')]);

      assert.deepEqual(came, { added: 1, known: 0, erased: 0, ofOthers: ['theirs'] });
      assert.deepEqual(idsOf(await all(9)), ['a']);
    });

    it('takes none of them when one is bad, or is evidence', async () => {
      for (const bad of [imported('x', { propensity: 0 }), imported('x', { isHoldout: true })])
        await assert.rejects(capture.addNew([imported('a'), bad]), CaptureFailedError);

      assert.equal((await capture.count('digits')).rows, 0);
    });

    it('erases what speaks of a subject, for good', async () => {
      const inputHash = 'cafe0123cafe0123';
      await capture.append([
        capturedRow({ id: 'a', subject: 'ann' }),
        capturedRow({ id: 'held', subject: 'ann', isHoldout: true, inputHash }),
        capturedRow({ id: 'ben', subject: 'ben' }),
        capturedRow({ id: 'nobody' }),
        capturedRow({ id: 'other-task', subject: 'ann', task: 'letters' }),
      ]);
      await capture.appendFeedback({ ...said, id: 'a' });

      const found = await capture.subjectIds('digits', 'ann');
      const erased = await capture.eraseSubject('digits', 'ann', 9);

      assert.deepEqual([...found].sort(), ['a', 'held']);
      assert.equal(erased, 2);
      assert.deepEqual(await capture.subjectIds('digits', 'ann'), []);
      assert.equal(await capture.eraseSubject('digits', 'ann', 9), 0);
      assert.deepEqual(idsOf(await all(9)), ['ben', 'nobody']);
      assert.equal(await capture.findRow('digits', 'a'), null);
      assert.equal((await capture.count('letters')).rows, 1);
      const again = await capture.addNew([imported('a'), imported('c')]);
      assert.deepEqual(again, { added: 1, known: 0, erased: 1, ofOthers: [] });
      await assert.rejects(capture.append([capturedRow({ id: 'a' })]), CaptureFailedError);
      await capture.append([capturedRow({ id: 'twin', inputHash })]);
      assert.deepEqual(idsOf(await capture.readTraining(everything)), ['c', 'nobody', 'ben']);
      assert.equal(await capture.appendFeedback({ ...said, id: 'a' }), 'erased');
    });

    it('erases so many rows of a subject at once: each for good, the others stay', async () => {
      const ids = ['a', 'b', 'c', 'd', 'e'];
      await capture.append(ids.map((id) => capturedRow({ id, subject: 'ann' })));
      for (const id of ids) await capture.appendFeedback({ ...said, id });

      assert.equal(await capture.eraseSubject('digits', 'ann', 2), 2);

      const left = idsOf(await all(9));
      assert.equal(left.length, 3);
      for (const id of ids) {
        const isLeft = left.includes(id);
        const again = await capture.addNew([imported(id)]);
        assert.deepEqual(
          [again.added, again.known, again.erased],
          [0, Number(isLeft), Number(!isLeft)],
        );
        const label = await capture.appendFeedback({ ...said, id });
        assert.equal(label, isLeft ? said.label : 'erased');
      }
      assert.equal(await capture.eraseSubject('digits', 'ann', 2), 2);
      assert.equal(await capture.eraseSubject('digits', 'ann', 2), 1);
      assert.deepEqual(await all(9), []);
    });

    it('erases rows by their ids, and what was said of those that have yet to come', async () => {
      await capture.append([capturedRow({ id: 'a' }), capturedRow({ id: 'b', task: 'letters' })]);
      await capture.appendFeedback({ ...said, id: 'late' });
      await capture.appendFeedback({ ...said, id: 'c' });

      await capture.eraseIds('digits', ['a', 'b', 'late']);

      assert.deepEqual(await all(9), []);
      assert.equal((await capture.count('letters')).rows, 1);
      await assert.rejects(capture.append([capturedRow({ id: 'late' })]), CaptureFailedError);
      assert.equal(await capture.appendFeedback({ ...said, id: 'late' }), 'erased');
      await capture.append([capturedRow({ id: 'c' })]);
      assert.equal((await capture.findRow('digits', 'c'))!.feedback!.label, said.label);
    });

    it('says where old pages are, with what was erased', async () => {
      assert.ok(['gone', 'of-the-server'].includes(await capture.clearOldPages()));
    });

    it('erases the oldest rows from before a moment, so many at once', async () => {
      const at = (createdMs: number) => capturedRow({ id: `at-${createdMs}`, createdMs });
      await capture.append([at(300), at(100), at(200), at(400)]);

      const counts = [];
      for (let k = 0; k < 3; k++) counts.push(await capture.eraseBefore('digits', 400, 2));

      assert.deepEqual(counts, [2, 1, 0]);
      assert.deepEqual(idsOf(await all(9)), ['at-400']);
      assert.equal(await capture.eraseBefore('letters', 1e15, 9), 0);
    });
  });
}
