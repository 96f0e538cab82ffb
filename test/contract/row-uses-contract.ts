import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { Capture, CapturedRow, RowFilter, StoredRow } from '../../src/capture/capture.js';
import { CaptureFailedError } from '../../src/errors.js';
import { capturedRow } from '../support/captured-row.js';
import { pixelInput } from '../support/inputs.js';

const everything: RowFilter = {
  task: 'digits',
  teacherVersion: 't1-aaaaaaaa',
  rowsMax: 100_000,
  createdAfterMs: 0,
};
const idsOf = (rows: readonly StoredRow[]): string[] => rows.map(({ id }) => id);

/** What may be trained on and what is evidence: no input is ever both. */
export function describeUses(capture: () => Capture): void {
  const inputHash = 'cafe0123cafe0123';
  const twin = capturedRow({ id: 'twin', inputHash });
  const holdout = capturedRow({ id: 'holdout', inputHash, isHoldout: true });
  const innocent = capturedRow({ id: 'innocent', inputHash: 'cafe0123cafe0124' });
  const waysIn: Readonly<Record<string, readonly (readonly CapturedRow[])[]>> = {
    'before its holdout row': [[twin], [holdout]],
    'after its holdout row': [[holdout], [twin]],
    'in the call of its holdout row': [[twin, holdout]],
    'with another teacher version than its holdout row': [
      [{ ...holdout, teacherVersion: 't2-bbbbbbbb' }],
      [twin],
    ],
    'on other routes': [
      [holdout],
      ...(['student', 'cache', 'degraded'] as const).map((route) => [
        { ...twin, id: route, route },
      ]),
    ],
    'with another label, input and client': [
      [holdout],
      [{ ...twin, teacherLabel: 0, input: pixelInput(1), client: null }],
    ],
    'beside a holdout row that came twice': [[holdout, { ...holdout, id: 'again' }], [twin]],
  };
  for (const [way, calls] of Object.entries(waysIn)) {
    it(`leaves a row with a holdout row's input out of training: ${way}`, async () => {
      await capture().append([innocent]);
      for (const rows of calls) await capture().append(rows);

      assert.deepEqual(idsOf(await capture().readTraining(everything)), ['innocent']);
    });
  }

  it('leaves it out also of a read that starts after the holdout row', async () => {
    const later = holdout.createdMs + 1;
    await capture().append([holdout]);
    await capture().append([twin, innocent].map((row) => ({ ...row, createdMs: later })));

    const createdAfterMs = holdout.createdMs;
    const rows = await capture().readTraining({ ...everything, createdAfterMs });
    assert.deepEqual(idsOf(rows), ['innocent']);
  });

  const waysToEvidence: Readonly<Record<string, readonly (readonly CapturedRow[])[]>> = {
    'came before it': [[twin], [holdout]],
    'came before it, of another teacher version': [
      [{ ...twin, teacherVersion: 't2-bbbbbbbb' }],
      [holdout],
    ],
    'came before it in the same call': [[twin, holdout]],
    'came before two of it': [[twin], [holdout, { ...holdout, id: 'again' }]],
  };
  for (const [way, calls] of Object.entries(waysToEvidence)) {
    it(`takes no holdout row for evidence if a training row of its input ${way}`, async () => {
      const fresh = capturedRow({ id: 'fresh', isHoldout: true });
      const returned: boolean[] = [];
      for (const rows of [...calls, [fresh]])
        for (const { isHoldout } of await capture().append(rows)) returned.push(isHoldout);

      assert.deepEqual(idsOf(await capture().readHoldout(everything)), ['fresh']);
      assert.deepEqual(returned, [...returned.slice(1).map(() => false), true]);
    });
  }

  it('takes a holdout row for evidence though its input comes again to be trained on', async () => {
    await capture().append([holdout]);
    await capture().append([twin]);
    const [again] = await capture().append([{ ...holdout, id: 'again' }]);

    assert.deepEqual(idsOf(await capture().readHoldout(everything)), ['again', 'holdout']);
    assert.equal(again!.isHoldout, true);
  });

  it('takes a holdout row for evidence whose input was trained on in another task', async () => {
    await capture().append([{ ...twin, task: 'letters' }, holdout]);

    assert.deepEqual(idsOf(await capture().readHoldout(everything)), ['holdout']);
  });

  it('leaves out rows that are neither held out nor to be trained on', async () => {
    const reserved = capturedRow({ id: 'reserved', isTrainable: false });
    await capture().append([reserved, innocent]);

    assert.deepEqual(idsOf(await capture().readTraining(everything)), ['innocent']);
    assert.deepEqual(await capture().readHoldout(everything), []);
  });

  it('refuses a holdout row that says it may be trained on', async () => {
    const row = { ...holdout, isTrainable: true };
    await assert.rejects(capture().append([row]), CaptureFailedError);
  });

  it('fills rowsMax with rows that may be trained on', async () => {
    await capture().append([innocent]);
    await capture().append(
      Array.from({ length: 40 }, (_, index) => capturedRow({ inputHash, id: `row-${index}` })),
    );
    await capture().append([holdout]);

    const rows = await capture().readTraining({ ...everything, rowsMax: 1 });
    assert.deepEqual(idsOf(rows), ['innocent']);
  });

  it('keeps a row whose input is a holdout row of another task', async () => {
    await capture().append([{ ...holdout, task: 'letters' }, twin]);

    assert.deepEqual(idsOf(await capture().readTraining(everything)), ['twin']);
  });
}
