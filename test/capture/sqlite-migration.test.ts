import assert from 'node:assert/strict';
import { mkdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, it } from 'node:test';
import Database from 'libsql';
import type { CapturedRow, RowFilter, StoredRow } from '../../src/capture/capture.js';
import { plainInputs } from '../../src/capture/input-cipher.js';
import { createRowCodec, rowColumns } from '../../src/capture/row-codec.js';
import { openSqliteCapture } from '../../src/capture/sqlite-capture.js';
import { repositoryRoot } from '../../src/files/repository-root.js';
import { encodeText } from '../../src/task/text-codec.js';
import { capturedRow } from '../support/captured-row.js';
import { temporaryDirectory } from '../support/temporary-directory.js';

const directory = temporaryDirectory();
const schemaOfVersion = (version: number): string =>
  readFileSync(join(repositoryRoot(), `test/capture/fixtures/version-${version}.sql`), 'utf8');
/** Columns that came later than these versions. */
const newColumns: readonly string[] = [
  ...['source', 'input_kept', 'student_label', 'student_latency_ms', 'subject', 'input_key'],
];
let files = 0;
const now = (): number => 1_700_000_000_000;
const everything: RowFilter = {
  task: 'digits',
  teacherVersion: 't1-aaaaaaaa',
  rowsMax: 1_000_000,
  createdAfterMs: 0,
};

/** A file as a gateway of that version left it. @returns its path. */
function writeLog(
  version: number,
  rows: readonly CapturedRow[],
  { deleted = [] as readonly string[] } = {},
) {
  const path = join(directory, `log-${files++}`, 'capture.db');
  mkdirSync(dirname(path));
  const database = new Database(path);
  database.exec(schemaOfVersion(version));
  const columns = rowColumns.filter((column) => !newColumns.includes(column));
  const places = columns.map(() => '?').join();
  const insert = database.prepare(`INSERT INTO rows (${columns.join()}) VALUES (${places})`);
  for (const row of rows)
    insert.run(
      createRowCodec(plainInputs)
        .encode(row)
        .filter((_, k) => !newColumns.includes(rowColumns[k]!)),
    );
  for (const id of deleted) database.prepare('DELETE FROM rows WHERE id = ?').run(id);
  database.exec("INSERT INTO leases VALUES ('run', 'ann', 1700000001000)");
  database.close();
  return path;
}

/** Everything but the sequence, in a form that tells bits. */
const withoutSequence = (row: CapturedRow | StoredRow): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(row).filter(([field]) => field !== 'sequence' && field !== 'feedback'),
  );

/** What older gateways did not write down. */
const unknown = { studentLabel: null, studentLatencyMs: null };
const old = [
  capturedRow({ id: 'first', ...unknown }),
  capturedRow({ id: 'gone', ...unknown }),
  capturedRow({
    ...{ id: 'nulls', studentLogits: null, teacherProbabilities: null, client: null, ...unknown },
  }),
  capturedRow({ id: 'held', isHoldout: true, inputHash: 'a'.repeat(32), ...unknown }),
  capturedRow({ id: 'twin', inputHash: 'a'.repeat(32), ...unknown }),
];

for (const version of [1, 4])
  describe(`a capture log of version ${version}`, () => {
    it('keeps its rows, their order and their sequences', async () => {
      const path = writeLog(version, old, { deleted: ['gone'] });

      const capture = await openSqliteCapture({ path, now });
      const training = await capture.readTraining(everything);
      const holdout = await capture.readHoldout(everything);
      const counts = await capture.count('digits');
      await capture.close();

      const [first, , nulls, held] = old;
      assert.deepEqual(training.map(withoutSequence), [nulls!, first!].map(withoutSequence));
      assert.deepEqual(holdout.map(withoutSequence), [withoutSequence(held!)]);
      assert.deepEqual(
        [...training, ...holdout].map(({ id, sequence }) => [id, sequence]),
        [
          ['nulls', 3],
          ['first', 1],
          ['held', 4],
        ],
      );
      assert.deepEqual(counts, { rows: 4, holdoutRows: 1, trainableRows: 3 });
    });

    it('goes on counting where it was, and takes inputs of any size', async () => {
      const path = writeLog(version, old);
      const capture = await openSqliteCapture({ path, now });
      const text = encodeText('Wo ist mein Gepäck?'); // 20 bytes of UTF-8 and, less one, 19.

      await capture.append([
        capturedRow({ id: 'text', input: text.subarray(0, 19) }),
        capturedRow({ id: 'empty', input: new Uint8Array(0) }),
      ]);

      const [empty, written] = await capture.readTraining(everything);
      await capture.close();
      assert.deepEqual([written!.id, written!.sequence], ['text', 6]);
      assert.deepEqual([...written!.input], [...text.subarray(0, 19)]);
      assert.deepEqual([empty!.id, empty!.sequence, empty!.input.length], ['empty', 7, 0]);
    });

    it('still keeps holdout rows and their twins out of training, even against SQL', async () => {
      const path = writeLog(version, old);
      await (await openSqliteCapture({ path, now })).close();
      const database = new Database(path);

      for (const change of ['is_holdout = 0', "input_hash = 'x'", "task = 'y'", 'propensity = 0.5'])
        assert.throws(() => void database.exec(`UPDATE rows SET ${change}`), /draw .* changed/);
      const training = database
        .prepare('SELECT id FROM training_rows ORDER BY sequence')
        .raw()
        .all();
      database.close();

      assert.deepEqual(training, [['first'], ['gone'], ['nulls']]);
    });

    it('has the schema of a new file afterwards, and nothing of the old one', async () => {
      const path = writeLog(version, old);
      await (await openSqliteCapture({ path, now })).close();
      const fresh = join(directory, `log-${files++}`, 'capture.db');
      await (await openSqliteCapture({ path: fresh, now })).close();

      const schemaOf = (file: string): unknown => {
        const database = new Database(file);
        const of = (sql: string): unknown[] =>
          (database.prepare(sql).raw().all() as unknown[][]).map((cells) =>
            cells.map((cell) => String(cell).replace(/\s+/g, ' ')),
          );
        const schema = [
          of('PRAGMA user_version'),
          of('PRAGMA application_id'),
          of('SELECT type, name, tbl_name, sql FROM sqlite_schema ORDER BY type, name'),
        ];
        database.close();
        return schema;
      };
      assert.deepEqual(schemaOf(path), schemaOf(fresh));
    });

    it('keeps its leases', async () => {
      const capture = await openSqliteCapture({ path: writeLog(version, old), now });

      assert.equal(await capture.acquireLease('run', 'ben', 1000), false);
      assert.equal(await capture.acquireLease('run', 'ann', 1000), true);
      await capture.close();
    });

    it('is brought up once, and is complete for both who open it at the same time', async () => {
      const path = writeLog(version, old);

      const handles = await Promise.all([1, 2].map(() => openSqliteCapture({ path, now })));

      for (const [index, handle] of handles.entries()) {
        await handle.append([capturedRow({ id: `new-${index}`, input: Uint8Array.of(1) })]);
        assert.equal((await handle.count('digits')).rows, 6 + index);
      }
      await Promise.all(handles.map((handle) => handle.close()));
    });
  });
