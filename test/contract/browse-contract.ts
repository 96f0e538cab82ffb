import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { BrowseFilter, Capture, CapturedRow, StoredRow } from '../../src/capture/capture.js';
import { capturedRow } from '../support/captured-row.js';
import { openBeforeEach } from './open-before-each.js';

const everything: BrowseFilter = {
  task: 'digits',
  ...{ beforeSequence: null, rowsMax: 100 },
  ...{ source: null, route: null, isHoldout: null, teacherLabel: null, isAgreed: null },
  ...{ client: null, subject: null, createdFromMs: 0, createdBeforeMs: Number.MAX_SAFE_INTEGER },
};
const idsOf = (rows: readonly StoredRow[]): string[] => rows.map(({ id }) => id);

/** Goes on until there is nothing more. */
async function browseAll(
  capture: Capture,
  filter: Partial<BrowseFilter> = {},
  between: () => Promise<void> = async () => {},
): Promise<StoredRow[]> {
  const rows: StoredRow[] = [];
  let beforeSequence: number | null = null;
  do {
    const page = await capture.browse({ ...everything, ...filter, beforeSequence });
    rows.push(...page.rows);
    beforeSequence = page.nextBefore;
    await between();
  } while (beforeSequence !== null);
  return rows;
}

/** What every capture log must show to who looks through it. */
export function describeBrowse(name: string, open: () => Promise<Capture>): void {
  describe(`looking through the log in ${name}`, () => {
    let capture: Capture;
    openBeforeEach(open, (fresh) => (capture = fresh));

    it('shows the newest rows first, of every use and teacher, with their feedback', async () => {
      await capture.append([
        capturedRow({ id: 'a' }),
        capturedRow({ id: 'x', task: 'letters' }),
        capturedRow({ id: 'b', isHoldout: true, teacherVersion: 't2' }),
        capturedRow({ id: 'c', inputKept: 'hash', input: new Uint8Array(0), isTrainable: false }),
      ]);
      const said = { label: 3, origin: 'caller', givenMs: 1, client: null } as const;
      await capture.appendFeedback({ task: 'digits', id: 'b', ...said });

      const { rows, nextBefore } = await capture.browse(everything);

      assert.deepEqual(idsOf(rows), ['c', 'b', 'a']);
      assert.equal(rows[1]!.feedback!.label, 3);
      assert.equal(nextBefore, null);
      assert.deepEqual((await capture.browse({ ...everything, task: 'none' })).rows, []);
    });

    it('neither skips nor doubles a row while others come', async () => {
      const ids = Array.from({ length: 40 }, (_, index) => `row-${index}`);
      await capture.append(ids.map((id) => capturedRow({ id })));
      let late = 0;
      const appendMore = async (): Promise<void> =>
        capture.append(Array.from({ length: 3 }, () => capturedRow({ id: `late-${late++}` })));

      for (const rowsMax of [1, 7, 40]) {
        const seen = await browseAll(capture, { rowsMax }, appendMore);

        const old = idsOf(seen).filter((id) => id.startsWith('row-'));
        assert.deepEqual(old, ids.toReversed());
        assert.equal(new Set(idsOf(seen)).size, seen.length);
      }
    });

    const other: Readonly<Record<string, readonly [Partial<CapturedRow>, Partial<BrowseFilter>]>> =
      {
        source: [{ source: 'import' }, { source: 'import' }],
        route: [{ route: 'student' }, { route: 'student' }],
        use: [{ isHoldout: true, isTrainable: false }, { isHoldout: true }],
        label: [{ teacherLabel: 2 }, { teacherLabel: 2 }],
        client: [{ client: 'ann' }, { client: 'ann' }],
        subject: [{ subject: 'ann' }, { subject: 'ann' }],
        agreement: [{ studentLabel: 1 }, { isAgreed: true }],
        'time from': [{ createdMs: 1_800_000_000_000 }, { createdFromMs: 1_800_000_000_000 }],
        'time before': [{ createdMs: 1 }, { createdBeforeMs: 1_700_000_000_000 }],
      };
    for (const [what, [changes, filter]] of Object.entries(other))
      it(`picks rows by their ${what}`, async () => {
        await capture.append(
          Array.from({ length: 9 }, (_, index) =>
            capturedRow({ id: `row-${index}`, ...(index % 3 === 0 ? changes : {}) }),
          ),
        );

        for (const rowsMax of [1, 2, 9])
          assert.deepEqual(idsOf(await browseAll(capture, { ...filter, rowsMax })), [
            'row-6',
            'row-3',
            'row-0',
          ]);
      });

    it('knows rows that differ, and those of which nobody knows whether they do', async () => {
      await capture.append([
        capturedRow({ id: 'differs' }),
        capturedRow({ id: 'no-student', studentLabel: null }),
        capturedRow({ id: 'agrees', studentLabel: 1 }),
      ]);

      assert.deepEqual(idsOf(await browseAll(capture, { isAgreed: false })), ['differs']);
      assert.deepEqual(idsOf(await browseAll(capture, { isHoldout: true })), []);
      const both = { isAgreed: true, subject: 'ann' };
      assert.deepEqual(await browseAll(capture, both), []);
    });

    it('finds rare rows far back, step by step', async () => {
      const input = new Uint8Array(4);
      const rare = { subject: 'ann', client: 'ben' };
      for (let start = 0; start < 10_500; start += 500)
        await capture.append(
          Array.from({ length: 500 }, (_, index) =>
            capturedRow({ id: `row-${start + index}`, input, ...(start + index < 2 ? rare : {}) }),
          ),
        );

      for (const filter of [{ client: 'ben' }, { subject: 'ann' }, rare])
        assert.deepEqual(idsOf(await browseAll(capture, filter)), ['row-1', 'row-0']);
    });

    it('ends a page before large rows take much memory', async () => {
      const input = new Uint8Array(600_000);
      await capture.append(['a', 'b', 'c', 'd'].map((id) => capturedRow({ id, input })));

      assert.deepEqual(idsOf(await browseAll(capture)), ['d', 'c', 'b', 'a']);
    });
  });
}
