import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import type { Worker } from 'node:worker_threads';
import Database from 'libsql';
import type { RowFilter, StoredRow } from '../../src/capture/capture.js';
import { createInputCipher } from '../../src/capture/input-cipher.js';
import { openSqliteCapture } from '../../src/capture/sqlite-capture.js';
import { openSqliteThread } from '../../src/capture/sqlite-thread.js';
import { CaptureFailedError, InvalidConfigError, OverloadedError } from '../../src/errors.js';
import { describeEveryCapture } from '../contract/every-capture-contract.js';
import { describeSharedLog } from '../contract/shared-log-contract.js';
import { capturedRow } from '../support/captured-row.js';
import { runUntilKilled } from '../support/run-until-killed.js';
import { temporaryDirectory } from '../support/temporary-directory.js';

const directory = temporaryDirectory();
let files = 0;
const newPath = (): string => join(directory, `log-${files++}`, 'capture.db');
const now = (): number => 1_700_000_000_000;
const everything: RowFilter = {
  task: 'digits',
  teacherVersion: 't1-aaaaaaaa',
  rowsMax: 1_000_000,
  createdAfterMs: 0,
};
const idsOf = (rows: readonly StoredRow[]): string[] => rows.map(({ id }) => id);

describeEveryCapture('SQLite', (clock = now) => openSqliteCapture({ path: newPath(), now: clock }));
const cipher = createInputCipher([new Uint8Array(32).fill(7)]);
describeEveryCapture('SQLite, encrypted', (clock = now) =>
  openSqliteCapture({ path: newPath(), now: clock, cipher }),
);

describe('an SQLite capture log', () => {
  describeSharedLog(() => {
    const path = newPath();
    return () => openSqliteCapture({ path, now });
  });

  it('is one file once it is closed', async () => {
    const path = newPath();
    const capture = await openSqliteCapture({ path, now });
    await capture.append([capturedRow({ id: 'a' })]);
    await capture.close();
    assert.deepEqual(await readdir(join(path, '..')), ['capture.db']);
  });

  it('counts rows by client from an index, without a look at the rows', async () => {
    const path = newPath();
    await (await openSqliteCapture({ path, now })).close();

    const database = new Database(path);
    const plan = database
      .prepare(
        `EXPLAIN QUERY PLAN SELECT client, min(created_ms), total(is_holdout) FROM rows
         WHERE task = 'digits' GROUP BY client`,
      )
      .raw()
      .all() as unknown[][];
    database.close();

    assert.match(String(plan[0]!.at(-1)), /USING COVERING INDEX rows_by_client/);
  });

  it('refuses to be told that a holdout row is none, even in SQL', async () => {
    const path = newPath();
    const capture = await openSqliteCapture({ path, now });
    await capture.append([capturedRow({ id: 'h', isHoldout: true })]);
    const database = new Database(path);

    for (const change of ['is_holdout = 0', "input_hash = 'x'", "task = 'y'", 'propensity = 0.5'])
      assert.throws(() => void database.exec(`UPDATE rows SET ${change}`), /draw .* changed/);
    assert.throws(() => void database.exec('UPDATE training_rows SET is_holdout = 0'), /view/);

    database.close();
    await capture.close();
  });
});

describe('opening an SQLite capture log', () => {
  const refusal = (path: string, message: RegExp): Promise<void> =>
    assert.rejects(openSqliteCapture({ path, now }), (error: unknown) => {
      assert.ok(error instanceof InvalidConfigError, String(error));
      assert.match(error.message, message);
      assert.equal(error.details['path'], path);
      return true;
    });

  it('refuses a newer schema, and leaves it as it is', async () => {
    const path = newPath();
    await (await openSqliteCapture({ path, now })).close();
    const database = new Database(path);
    database.exec('PRAGMA user_version = 99');

    await refusal(path, /schema has version 99, .* up to 6\. Run the newer gateway/);

    assert.deepEqual(database.prepare('PRAGMA user_version').raw().all(), [[99]]);
    database.close();
  });

  it('refuses another program’s database, of any version, and leaves it as it is', async () => {
    for (const version of [0, 1]) {
      const path = join(directory, `foreign-${version}.db`);
      const database = new Database(path);
      database.exec(`CREATE TABLE rows (mine TEXT); PRAGMA user_version = ${version}`);
      database.close();
      const before = await readFile(path);

      await refusal(path, /another program’s database/);
      assert.deepEqual(await readFile(path), before);
    }
  });

  it('refuses a file that is no database', async () => {
    const path = join(directory, 'letter.txt');
    await writeFile(path, 'Dear reader, this is not a database. '.repeat(100));

    await refusal(path, /letter\.txt can not be opened: file is not a database/);
  });

  it('says which directory can not be made', async () => {
    const file = join(directory, 'a-file');
    await writeFile(file, '');

    await refusal(join(file, 'deeper', 'capture.db'), /a-file.*data directory that it may write/);
    await refusal(directory, /can not be opened/);
  });
});

describe('the queue of an SQLite capture log', () => {
  const row = (id: string) => [capturedRow({ id, input: new Uint8Array(400) })];

  it('refuses rows past its limit of rows, and takes them again after a commit', async () => {
    const limits = { queueRowsMax: 3 };
    const capture = await openSqliteCapture({ path: newPath(), now, limits });
    const waiting = ['a', 'b', 'c'].map((id) => capture.append(row(id)));

    await assert.rejects(capture.append(row('d')), OverloadedError);
    await Promise.all(waiting);
    await Promise.all(['d', 'e', 'f'].map((id) => capture.append(row(id))));

    assert.equal((await capture.count('digits')).rows, 6);
    await capture.close();
  });

  it('refuses rows past its limit of bytes, and takes them again after a commit', async () => {
    const limits = { queueBytesMax: 1000 };
    const capture = await openSqliteCapture({ path: newPath(), now, limits });
    const waiting = ['a', 'b'].map((id) => capture.append(row(id)));

    await assert.rejects(capture.append(row('c')), OverloadedError);
    await Promise.all(waiting);
    for (const pair of [
      ['d', 'e'],
      ['f', 'g'],
    ])
      await Promise.all(pair.map((id) => capture.append(row(id))));

    assert.equal((await capture.count('digits')).rows, 6);
    await capture.close();
  });

  it('takes one call that is larger than itself when nothing else waits', async () => {
    const limits = { queueRowsMax: 3, groupRowsMax: 2 };
    const capture = await openSqliteCapture({ path: newPath(), now, limits });

    await capture.append(['a', 'b', 'c', 'd', 'e'].flatMap(row));

    assert.equal((await capture.count('digits')).rows, 5);
    await capture.close();
  });
});

describe('an SQLite capture log whose thread dies', () => {
  async function openWithThreads() {
    const workers: Worker[] = [];
    const startThread: typeof openSqliteThread = async (options) => {
      const started = once(process, 'worker') as Promise<[Worker]>;
      const thread = openSqliteThread(options);
      workers.push((await started)[0]);
      return thread;
    };
    const path = newPath();
    return { path, workers, capture: await openSqliteCapture({ path, now, startThread }) };
  }
  /**
   * Sends nothing that the thread knows: it throws when it comes to it. Not by terminate(): libsql
   * 0.5 aborts the whole process when the thread is inside a call.
   */
  const kill = (worker: Worker): void => worker.postMessage(null);

  it('fails the appends in flight, and the next one opens the thread again', async () => {
    const { workers, capture } = await openWithThreads();
    kill(workers[0]!);
    const pending = [0, 1, 2].map((k) => capture.append([capturedRow({ id: `${k}` })]));

    for (const append of pending)
      await assert.rejects(append, (error: unknown) => {
        assert.ok(error instanceof CaptureFailedError);
        assert.ok(error.cause instanceof CaptureFailedError);
        return /the thread that writes .* has ended \(.*null.*\)\.$/i.test(error.message);
      });

    const later = ['a', 'b'].map((id) => capture.append([capturedRow({ id })]));
    assert.equal(await capture.acquireLease('run', 'ann', 1), true);
    await Promise.all(later);
    assert.deepEqual(idsOf(await capture.readTraining(everything)), ['b', 'a']);
    assert.equal(workers.length, 3);
    await capture.close();
  });

  it('commits the appends that still waited for the thread', async () => {
    const { workers, capture } = await openWithThreads();
    kill(workers[0]!);
    const failed = assert.rejects(capture.append([capturedRow({ id: 'a' })]), CaptureFailedError);
    await Promise.resolve().then(() => {}); // The first commit is on its way.

    await capture.append([capturedRow({ id: 'b' })]);

    await failed;
    assert.deepEqual(idsOf(await capture.readTraining(everything)), ['b']);
    await capture.close();
  });

  it('reads again after the reading thread has died, and appends meanwhile', async () => {
    const { workers, capture } = await openWithThreads();
    await capture.count('digits');
    kill(workers[1]!);

    await assert.rejects(capture.count('digits'), /the thread that reads .* has ended/i);

    await capture.append([capturedRow({ id: 'a' })]);
    assert.deepEqual(idsOf(await capture.readTraining(everything)), ['a']);
    await capture.close();
  });

  it('says so when the thread can not be opened again', async () => {
    const { path, workers, capture } = await openWithThreads();
    kill(workers[0]!);
    await assert.rejects(capture.acquireLease('run', 'ann', 1), CaptureFailedError);
    await once(workers[0]!, 'exit');
    await rm(join(path, '..'), { recursive: true });
    await writeFile(join(path, '..'), 'a file where the directory was');

    await assert.rejects(capture.append([capturedRow({ id: 'a' })]), (error: unknown) => {
      assert.ok(error instanceof CaptureFailedError);
      return /capture\.db can not be opened/.test(error.message);
    });

    await capture.close();
  });
});

describe('an SQLite capture log after kill -9', () => {
  const acknowledgedBy = (path: string, prefix: string, lines: number) =>
    runUntilKilled('append-until-killed.js', { args: [path, prefix], lines });

  it('has every row that a process acknowledged, though another wrote beside it', async () => {
    const path = newPath();
    const rounds = [1, 60, 150].map((rows) => [`one-${rows}`, `two-${rows}`].map((p) => [p, rows]));
    const acknowledged: string[] = [];
    for (const round of rounds as [string, number][][]) {
      const ids = await Promise.all(round.map(([p, rows]) => acknowledgedBy(path, p, rows)));
      acknowledged.push(...ids.flat());

      const capture = await openSqliteCapture({ path, now });
      const stored = new Set(idsOf(await capture.readTraining(everything)));
      assert.deepEqual(
        acknowledged.filter((id) => !stored.has(id)),
        [],
      );
      await capture.close();
    }
    assert.ok(acknowledged.length >= 422);
  });
});
