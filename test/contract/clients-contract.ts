import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Capture, CapturedRow } from '../../src/capture/capture.js';
import { capturedRow } from '../support/captured-row.js';

/** What every capture log must know of who sent its rows. */
export function describeClients(name: string, open: () => Promise<Capture>): void {
  describe(`clients in the log in ${name}`, () => {
    let capture: Capture;
    let ids = 0;
    const at = (createdMs: number, client: string | null, changes: Partial<CapturedRow> = {}) =>
      capturedRow({ id: `row-${ids++}`, createdMs, client, ...changes });
    const rows = [
      at(100, 'ann'),
      at(300, 'ann', { isHoldout: true }),
      at(200, 'ann'),
      at(50, 'ben', { teacherVersion: 't0-00000000' }),
      at(250, 'ben'),
      at(260, 'ben', { isTrainable: false }),
      at(90, null, { isHoldout: true }),
      at(400, 'ann', { task: 'letters' }),
    ];
    before(async () => {
      capture = await open();
      await capture.append(rows);
    });
    after(() => capture.close());

    it('are told with their first row, and their rows after a moment, not at it', async () => {
      assert.deepEqual(await capture.readClients('digits', 100), [
        { client: 'ann', firstMs: 100, rows: 2, holdoutRows: 1 },
        { client: 'ben', firstMs: 50, rows: 2, holdoutRows: 0 },
        { client: null, firstMs: 90, rows: 0, holdoutRows: 0 },
      ]);
    });

    it('are those of one task', async () => {
      assert.deepEqual(await capture.readClients('letters', 0), [
        { client: 'ann', firstMs: 400, rows: 1, holdoutRows: 0 },
      ]);
      assert.deepEqual(await capture.readClients('none', 0), []);
    });
  });
}
