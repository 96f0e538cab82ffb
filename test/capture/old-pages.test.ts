import assert from 'node:assert/strict';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import Database from 'libsql';
import { openSqliteCapture } from '../../src/capture/sqlite-capture.js';
import { encodeText } from '../../src/task/text-codec.js';
import { capturedRow } from '../support/captured-row.js';
import { filesWith } from '../support/files-with.js';
import { temporaryDirectory } from '../support/temporary-directory.js';

const directory = temporaryDirectory();
const secret = 'zebraquagga';
let logs = 0;

async function openLog() {
  const dir = join(directory, `log-${logs++}`);
  const path = join(dir, 'capture.sqlite');
  const capture = await openSqliteCapture({ path, now: () => 1000 });
  const input = encodeText(`${secret} `.repeat(500));
  const rows = Array.from({ length: 40 }, (_, k) =>
    capturedRow({ id: `r${k}`, subject: 'ann', createdMs: k, input }),
  );
  await capture.append(rows);
  // Some are read and not to the end: whoever has begun to read must not hold old pages.
  await capture.readPage({ task: 'digits', afterSequence: 0, rowsMax: 3 });
  await capture.findRow('digits', 'r1');
  return { dir, path, capture };
}

describe('the files of a log', () => {
  it('have nothing of a subject that was erased, the log still being open', async () => {
    const { dir, path, capture } = await openLog();
    assert.ok(filesWith(secret, dir).length > 0);

    assert.equal(await capture.eraseSubject('digits', 'ann', 100), 40);

    assert.equal(await capture.clearOldPages(), 'gone');
    assert.deepEqual(filesWith(secret, dir), []);
    assert.equal(statSync(`${path}-wal`).size, 0);
    await capture.append([capturedRow({ id: 'next' })]);
    await capture.close();
  });

  it('have nothing of rows that were too old', async () => {
    const { dir, capture } = await openLog();

    assert.equal(await capture.eraseBefore('digits', 1000, 100), 40);

    assert.equal(await capture.clearOldPages(), 'gone');
    assert.deepEqual(filesWith(secret, dir), []);
    await capture.close();
  });

  it('keep old pages while others read them: that is said, and holds up no commit', async () => {
    const { dir, path, capture } = await openLog();
    const reader = new Database(path);
    reader.exec('BEGIN');
    reader.prepare('SELECT count(*) FROM rows').all();
    await capture.eraseSubject('digits', 'ann', 100);

    const clearing = capture.clearOldPages();
    let longestMs = 0;
    for (let k = 0; k < 20; k++) {
      const startedMs = performance.now();
      await capture.append([capturedRow({ id: `beside-${k}` })]);
      longestMs = Math.max(longestMs, performance.now() - startedMs);
    }

    assert.equal(await clearing, 'in-use');
    assert.ok(longestMs < 2_000, `a commit took ${longestMs} ms`);
    assert.ok(filesWith(secret, dir).length > 0);
    reader.exec('COMMIT');
    reader.close();
    assert.equal(await capture.clearOldPages(), 'gone');
    assert.deepEqual(filesWith(secret, dir), []);
    await capture.close();
  });
});
