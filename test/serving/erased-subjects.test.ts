import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createErasedSubjects } from '../../src/serving/erased-subjects.js';
import { MemoryCapture } from '../fakes/memory-capture.js';
import { capturedRow } from '../support/captured-row.js';
import { createGate } from '../support/gate.js';
import { portOf } from '../support/port-of.js';
import { turnsOfTheLoop } from '../support/until.js';

function open() {
  const memory = new MemoryCapture();
  const gate = createGate();
  gate.open();
  const disk = { gate };
  const capture = portOf(memory);
  const slow = {
    ...capture,
    async append(rows: Parameters<typeof capture.append>[0]) {
      await disk.gate.promise;
      await capture.append(rows);
    },
  };
  const clock = { ms: 1000 };
  const erased = createErasedSubjects(slow, () => clock.ms);
  return { memory, disk, clock, erased, ids: () => memory.rows.map(({ id }) => id) };
}
const row = (id: string, subject: string | null, createdMs: number) =>
  capturedRow({ id, subject, createdMs });

describe('a log whose subjects are erased', () => {
  it('takes no row of an earlier request of them, and those of later ones', async () => {
    const { erased, clock, ids } = open();
    await erased.capture.append([row('before', 'ann', 900)]);

    await erased.bar('ann');
    await erased.capture.append([row('late', 'ann', 1000), row('ben', 'ben', 900)]);
    await erased.capture.append([row('nobody', null, 900)]);
    clock.ms = 3000;
    await erased.capture.append([row('after', 'ann', 1001)]);

    assert.deepEqual(ids(), ['before', 'ben', 'nobody', 'after']);
    assert.equal(erased.has({ subject: 'ann', createdMs: 1000 }), true);
    assert.equal(erased.has({ subject: 'ann', createdMs: 1001 }), false);
    assert.equal(erased.has({ subject: null, createdMs: 0 }), false);
  });

  it('waits for rows that are on their way, whatever becomes of them', async () => {
    const { erased, disk, ids, memory } = open();
    disk.gate = createGate();
    const first = erased.capture.append([row('a', 'ann', 900)]);
    let isBarred = false;

    const barring = erased.bar('ann').then(() => (isBarred = true));

    await turnsOfTheLoop();
    assert.equal(isBarred, false);
    disk.gate.open();
    await Promise.all([first, barring]);
    assert.deepEqual(ids(), ['a']);
    memory.failure = new Error('The disk is full.');
    disk.gate = createGate();
    const second = erased.capture.append([row('b', 'ben', 900)]);
    const again = erased.bar('ann');
    disk.gate.open();
    await assert.rejects(second, /full/);
    await again;
  });

  it('remembers answers that were labelled until their subject is erased', async () => {
    const { erased } = open();
    erased.noteLabelled('ann', 'x');
    erased.noteLabelled('ben', 'y');

    assert.deepEqual(await erased.bar('ann'), ['x']);
    assert.deepEqual(await erased.bar('ann'), []);
    assert.deepEqual(await erased.bar('ben'), ['y']);
  });
});
