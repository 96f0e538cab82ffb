import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { Capture } from '../../src/capture/capture.js';
import { capturedRow } from '../support/captured-row.js';

const everything = {
  task: 'digits',
  teacherVersion: 't1-aaaaaaaa',
  rowsMax: 1_000_000,
  createdAfterMs: 0,
};

/**
 * What a log on a disk must do for those who open it after, or beside, each other.
 *
 * @param openNew  gives a way to open one log, a new one for each test, as often as wanted.
 */
export function describeSharedLog(openNew: () => () => Promise<Capture>): void {
  it('has its rows, sequences and leases after it is opened again', async () => {
    const open = openNew();
    const first = await open();
    await first.append([capturedRow({ id: 'a' })]);
    await first.acquireLease('run', 'ann', 1000);
    await first.close();

    const second = await open();
    await second.append([capturedRow({ id: 'b' })]);
    assert.equal(await second.acquireLease('run', 'ben', 1000), false);
    const rows = await second.readTraining(everything);
    assert.deepEqual(
      rows.map(({ id }) => id),
      ['b', 'a'],
    );
    await second.close();
  });

  it('takes several writers of one new log, each seeing what the others committed', async () => {
    const open = openNew();
    const handles = await Promise.all(Array.from({ length: 4 }, open));

    await Promise.all(
      handles.flatMap((handle, owner) =>
        Array.from({ length: 50 }, (_, k) => handle.append([capturedRow({ id: `${owner}-${k}` })])),
      ),
    );
    const leases = await Promise.all(handles.map((h, k) => h.acquireLease('run', `${k}`, 1000)));

    for (const handle of handles) assert.equal((await handle.count('digits')).rows, 200);
    assert.equal(leases.filter((isTaken) => isTaken).length, 1);
    await Promise.all(handles.map((handle) => handle.close()));
  });
}
