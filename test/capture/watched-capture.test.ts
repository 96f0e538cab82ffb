import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import type { Capture } from '../../src/capture/capture.js';
import { openSqliteCapture } from '../../src/capture/sqlite-capture.js';
import { openSqliteThread } from '../../src/capture/sqlite-thread.js';
import { watchCapture } from '../../src/capture/watched-capture.js';
import { CaptureFailedError, OverloadedError } from '../../src/errors.js';
import { capturedRow } from '../support/captured-row.js';
import { createGate, type Gate } from '../support/gate.js';
import { temporaryDirectory } from '../support/temporary-directory.js';
import { turnsOfTheLoop, until } from '../support/until.js';

const directory = temporaryDirectory();
const full = new CaptureFailedError('Disk full.');
let files = 0;

/** A log whose thread fails with `disk.failure`, and whose trials wait at `gates`. */
async function open(limits: { readonly queueRowsMax?: number } = {}) {
  const disk: { failure: Error | null } = { failure: null };
  const tried: string[] = [];
  const sqlite = await openSqliteCapture({
    path: join(directory, `${files++}.sqlite`),
    now: () => 0,
    limits,
    startThread: async (options) => {
      const thread = await openSqliteThread(options);
      return {
        call(method, argument, transfer) {
          tried.push(method);
          if (disk.failure !== null) return Promise.reject(disk.failure);
          return thread.call(method, argument, transfer);
        },
        failure: thread.failure,
        ended: thread.ended,
        close: () => thread.close(),
      };
    },
  });
  tried.splice(0); // Opening asks, too.
  const told: (string | null)[] = [];
  const gates: Gate[] = [];
  const capture = watchCapture(sqlite, {
    onChange: (failure) => void told.push(failure?.message ?? null),
    pause: (_, signal) => {
      const gate = createGate();
      gates.push(gate);
      signal.addEventListener('abort', () => gate.open());
      return gate.promise;
    },
  });
  return { capture, disk, tried, told, gates };
}
const append = (capture: Capture, id: string): Promise<void> =>
  capture.append([capturedRow({ id })]);
const notCommitted = '1 rows were not committed: Disk full.';

describe('a log that is watched', () => {
  it('is told as failing by the first commit that fails, and once', async () => {
    const { capture, disk, told } = await open();
    await append(capture, 'a');
    assert.equal(capture.failure(), null);
    disk.failure = full;

    await assert.rejects(append(capture, 'b'), CaptureFailedError);
    await assert.rejects(append(capture, 'c'), CaptureFailedError);

    assert.deepEqual(told, [notCommitted]);
    const failure = capture.failure()!;
    assert.match(failure.message, /takes no rows at present: 1 rows were not committed: Disk full/);
    await capture.close();
  });

  it('finds out by itself that the disk has room again, without a row', async () => {
    const { capture, disk, told, tried, gates } = await open();
    disk.failure = full;
    await assert.rejects(append(capture, 'a'), CaptureFailedError);

    gates[0]!.open();
    await until('it has tried in vain', () => gates.length === 2);
    assert.notEqual(capture.failure(), null);
    disk.failure = null;
    gates[1]!.open();
    await until('it is told', () => told.length === 2);

    assert.deepEqual(told, [notCommitted, null]);
    assert.equal(capture.failure(), null);
    assert.deepEqual(tried, ['append', 'acquireLease', 'acquireLease']);
    await turnsOfTheLoop();
    assert.equal(gates.length, 2); // It tries no more.
    await capture.close();
  });

  it('works again by the first rows that are committed, but not by none', async () => {
    const { capture, disk, told, gates } = await open();
    disk.failure = full;
    await assert.rejects(append(capture, 'a'), CaptureFailedError);
    disk.failure = null;

    await capture.append([]);
    assert.deepEqual(told, [notCommitted]);
    await append(capture, 'b');
    disk.failure = full;
    await assert.rejects(append(capture, 'c'), CaptureFailedError);

    assert.deepEqual(told, [notCommitted, null, notCommitted]);
    assert.equal(gates.length, 1); // One trial after the other, never two at once.
    await capture.close();
  });

  it('is not made to work again by rows that are refused for what they are', async () => {
    const { capture, disk, told } = await open();
    await append(capture, 'a');
    disk.failure = full;
    await assert.rejects(append(capture, 'b'), CaptureFailedError);
    disk.failure = null;

    await assert.rejects(append(capture, 'a'), CaptureFailedError);

    assert.deepEqual(told, [notCommitted]);
    assert.notEqual(capture.failure(), null);
    await capture.close();
  });

  it('does not fail by being too full for a moment', async () => {
    const { capture, told } = await open({ queueRowsMax: 1 });

    const first = append(capture, 'a');
    await assert.rejects(append(capture, 'b'), OverloadedError);
    await first;

    assert.deepEqual([capture.failure(), told], [null, []]);
    await capture.close();
  });

  it('is not tried any more once it closes, and tells nothing then', async () => {
    const { capture, disk, told, tried } = await open();
    disk.failure = full;
    await assert.rejects(append(capture, 'a'), CaptureFailedError);

    await capture.close();
    await turnsOfTheLoop();

    assert.deepEqual(
      tried.filter((method) => method === 'acquireLease'),
      [],
    );
    assert.deepEqual(told, [notCommitted]);
  });
});
