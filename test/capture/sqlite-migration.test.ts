import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { after, describe, it } from 'node:test';
import Database from 'libsql';
import type { Capture, CapturedRow, RowFilter, StoredRow } from '../../src/capture/capture.js';
import { checkCells, checkColumns } from '../../src/capture/check-codec.js';
import { plainInputs } from '../../src/capture/input-cipher.js';
import { createRowCodec, rowColumns, type Cell } from '../../src/capture/row-codec.js';
import { migrations } from '../../src/capture/schema-steps.js';
import { openSqliteCapture } from '../../src/capture/sqlite-capture.js';
import { repositoryRoot } from '../../src/files/repository-root.js';
import { encodeText } from '../../src/task/text-codec.js';
import { capturedRow } from '../support/captured-row.js';
import { erasedId, feedbackCells, feedbackColumns, goneHash, goneId } from '../support/old-log.js';
import { oldCheck, oldRows, storedRows } from '../support/old-log.js';
import { readEveryRow } from '../support/read-every-row.js';
import { temporaryDirectory } from '../support/temporary-directory.js';

const directory = temporaryDirectory();
/** Versions whose files are kept as gateways made them; of others the steps up to them are. */
const kept = [1, 4];
const schemaOfVersion = (version: number): string =>
  kept.includes(version)
    ? readFileSync(join(repositoryRoot(), `test/capture/fixtures/version-${version}.sql`), 'utf8')
    : [...migrations.slice(0, version), `PRAGMA user_version = ${version};`].join('\n');
/** Columns that came with version 5. */
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
function writeLog(version: number): string {
  const path = join(directory, `log-${files++}`, 'capture.db');
  mkdirSync(dirname(path));
  const database = new Database(path);
  database.exec(schemaOfVersion(version));
  const insert = (table: string, cells: readonly (readonly [string, Cell])[]): void => {
    const [names, places] = [cells.map(([name]) => name), cells.map(() => '?')];
    const text = `INSERT INTO ${table} (${names.join()}) VALUES (${places.join()})`;
    database.prepare(text).run(cells.map(([, cell]) => cell));
  };
  for (const row of oldRows(version >= 5)) insert('rows', cellsOf(row, version));
  database.prepare('DELETE FROM rows WHERE id = ?').run(goneId);
  database.exec("INSERT INTO leases VALUES ('run', 'ann', 1700000001000)");
  if (version >= 3) insert('teacher_checks', zip(checkColumns, checkCells(oldCheck)));
  if (version >= 5) {
    insert('feedback', zip(feedbackColumns, feedbackCells));
    database.exec(`INSERT INTO erased_rows VALUES ('digits', '${erasedId}', 1)`);
  }
  database.close();
  return path;
}

const zip = (names: readonly string[], cells: readonly Cell[]): [string, Cell][] =>
  names.map((name, k) => [name, cells[k]!]);
const cellsOf = (row: CapturedRow, version: number): readonly [string, Cell][] =>
  zip(rowColumns, createRowCodec(plainInputs).encode(row)).filter(
    ([name]) => version >= 5 || !newColumns.includes(name),
  );
/** What fails leaves no thread behind. */
async function open(path: string): Promise<Capture> {
  const capture = await openSqliteCapture({ path, now });
  after(() => capture.close());
  return capture;
}
const idsOf = (rows: readonly StoredRow[]): string[] => rows.map(({ id }) => id);

for (let version = 1; version < migrations.length; version++)
  describe(`a capture log of version ${version}`, () => {
    describeContent(version);
    if (kept.includes(version)) describeUse(version);
  });

describe('a capture log of today', () => {
  it('is not written to when it is opened: a gateway starts on a full disk too', async () => {
    const path = join(directory, `log-${files++}`, 'capture.db');
    await (await open(path)).close();

    const capture = await open(path);

    const written = statSync(`${path}-wal`, { throwIfNoEntry: false })?.size ?? 0;
    await capture.close();
    assert.equal(written, 0);
  });
});

function describeContent(version: number): void {
  it('keeps its rows whole, their order, their sequences and their use', async () => {
    const capture = await open(writeLog(version));
    const rows = await readEveryRow(capture, 'digits');
    const training = await capture.readTraining(everything);
    const holdout = await capture.readHoldout(everything);
    const counts = await capture.count('digits');
    await capture.close();

    assert.deepEqual(rows, storedRows({ isNew: version >= 5 }));
    assert.deepEqual(idsOf(training), ['nulls', 'first']);
    assert.deepEqual(idsOf(holdout), ['held']);
    assert.deepEqual(counts, { rows: 4, holdoutRows: 1, trainableRows: 3 });
  });

  it('keeps what it knew beside its rows', async () => {
    const capture = await open(writeLog(version));
    const checks = await capture.readChecks(everything);
    await capture.append([capturedRow({ id: 'again', inputHash: goneHash })]);
    const erased = capture.append([capturedRow({ id: erasedId })]);
    const [{ status }] = await Promise.allSettled([erased]);
    const training = idsOf(await capture.readTraining(everything));
    await capture.close();

    assert.deepEqual(checks, version >= 3 ? [oldCheck] : []);
    assert.equal(training.includes('again'), version < 3); // An erased holdout row was forgotten.
    assert.equal(status, version >= 5 ? 'rejected' : 'fulfilled');
  });

  it('has the schema of a new file afterwards, and nothing of the old one', async () => {
    const path = writeLog(version);
    await (await open(path)).close();
    const fresh = join(directory, `log-${files++}`, 'capture.db');
    await (await open(fresh)).close();

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
}

function describeUse(version: number): void {
  it('goes on counting where it was, and takes inputs of any size', async () => {
    const path = writeLog(version);
    const capture = await open(path);
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
    const path = writeLog(version);
    await (await open(path)).close();
    const database = new Database(path);

    for (const change of ['is_holdout = 0', "input_hash = 'x'", "task = 'y'", 'propensity = 0.5'])
      assert.throws(() => void database.exec(`UPDATE rows SET ${change}`), /draw .* changed/);
    const training = database.prepare('SELECT id FROM training_rows ORDER BY sequence').raw().all();
    database.close();

    assert.deepEqual(training, [['first'], ['nulls']]);
  });

  it('keeps its leases', async () => {
    const capture = await open(writeLog(version));

    assert.equal(await capture.acquireLease('run', 'ben', 1000), false);
    assert.equal(await capture.acquireLease('run', 'ann', 1000), true);
    await capture.close();
  });

  it('is brought up once, and is complete for both who open it at the same time', async () => {
    const path = writeLog(version);

    const handles = await Promise.all([1, 2].map(() => open(path)));

    for (const [index, handle] of handles.entries()) {
      await handle.append([capturedRow({ id: `new-${index}`, input: Uint8Array.of(1) })]);
      assert.equal((await handle.count('digits')).rows, 5 + index);
    }
    await Promise.all(handles.map((handle) => handle.close()));
  });
}
