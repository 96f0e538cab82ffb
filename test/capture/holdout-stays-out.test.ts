import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import Database from 'libsql';
import type { RowFilter } from '../../src/capture/capture.js';
import { rowColumns } from '../../src/capture/row-codec.js';
import { openSqliteCapture } from '../../src/capture/sqlite-capture.js';
import { capturedRow } from '../support/captured-row.js';
import { temporaryDirectory } from '../support/temporary-directory.js';

const directory = temporaryDirectory();
let files = 0;
const everything: RowFilter = {
  task: 'digits',
  teacherVersion: 't1-aaaaaaaa',
  rowsMax: 1_000_000,
  createdAfterMs: 0,
};
const inputHash = 'cafe'.repeat(8);
const held = capturedRow({ id: 'held', isHoldout: true, inputHash });
const training = capturedRow({ id: 'training' });

/** A log with a holdout row and a training row, and a hand on its file. */
async function openLog() {
  const path = join(directory, `log-${files++}`, 'capture.db');
  const capture = await openSqliteCapture({ path, now: () => 0 });
  await capture.append([held, training]);
  const database = new Database(path);
  const trainingIds = async (): Promise<string[]> =>
    (await capture.readTraining(everything)).map(({ id }) => id).sort();
  let isClosed = false;
  const close = async (): Promise<void> => {
    if (!isClosed) database.close();
    isClosed = true;
    await capture.close();
  };
  after(close);
  return { path, capture, database, trainingIds, close };
}

/** `INSERT ... SELECT` of the holdout row, with some columns changed. */
function copyOfHeld(changes: Readonly<Record<string, string>>): string {
  const cells = rowColumns.map((column) => changes[column] ?? column).join(', ');
  return `INTO rows (${rowColumns.join(', ')}) SELECT ${cells} FROM rows WHERE id = 'held'`;
}
const trainable = { is_holdout: '0', is_trainable: '1' };
const bothWays = { id: "'x'", is_trainable: '1' };
const disguised = { ...trainable, id: "'again'", teacher_label: '0', client: "'mallory'" };

describe('a holdout row of the log, against a hand on its database', () => {
  const refused: Readonly<Record<string, string>> = {
    'is not told that it may be trained on': "UPDATE rows SET is_trainable = 1 WHERE id = 'held'",
    'is not told that it is none': "UPDATE rows SET is_holdout = 0 WHERE id = 'held'",
    'does not take another hash': "UPDATE rows SET input_hash = 'x' WHERE id = 'held'",
    'does not go to another task': "UPDATE rows SET task = 'letters' WHERE id = 'held'",
    'does not lend its input to a training row':
      "UPDATE rows SET input = (SELECT input FROM rows WHERE id = 'held') WHERE id = 'training'",
    'is not written over by an id': "UPDATE OR REPLACE rows SET id = 'held' WHERE id = 'training'",
    'is not born as one that may be trained on': `INSERT ${copyOfHeld(bothWays)}`,
    'is not replaced': `INSERT OR REPLACE ${copyOfHeld(trainable)}`,
    'is not written over by an upsert': `INSERT ${copyOfHeld(trainable)} AND true
      ON CONFLICT (id) DO UPDATE SET is_holdout = 0, is_trainable = 1`,
    'is not put into the view': "INSERT INTO training_rows (id) VALUES ('held')",
    'is not changed through the view': 'UPDATE training_rows SET is_trainable = 1',
    'is not forgotten as an input': 'DELETE FROM holdout_inputs',
    'is not renamed as an input': "UPDATE holdout_inputs SET input_hash = 'x'",
    'is not moved as an input': "UPDATE OR REPLACE holdout_inputs SET task = 'letters'",
  };
  for (const [what, sql] of Object.entries(refused)) {
    it(`${what}: the statement is refused`, async () => {
      const { database, trainingIds } = await openLog();

      assert.throws(() => void database.exec(sql));

      assert.deepEqual(await trainingIds(), ['training']);
    });
  }

  const inVain: Readonly<Record<string, readonly string[]>> = {
    'comes again as a training row': [`INSERT ${copyOfHeld({ ...trainable, id: "'again'" })}`],
    'comes again with another label, teacher and client': [`INSERT ${copyOfHeld(disguised)}`],
    'is deleted, after it was copied': [
      `INSERT ${copyOfHeld({ ...trainable, id: "'again'" })}`,
      "DELETE FROM rows WHERE id = 'held'",
    ],
    'is deleted with everything, and put in as a training row': [
      'CREATE TEMP TABLE kept AS SELECT * FROM rows',
      'DELETE FROM rows',
      `INSERT INTO rows (${rowColumns.join(', ')}) SELECT ${rowColumns
        .map((column) => (column === 'is_holdout' ? '0' : column === 'is_trainable' ? '1' : column))
        .join(', ')} FROM kept`,
    ],
    'is replaced, with triggers that call each other': [
      'PRAGMA recursive_triggers = ON',
      `INSERT OR REPLACE ${copyOfHeld({ ...trainable, id: "'again'" })}`,
    ],
  };
  for (const [what, statements] of Object.entries(inVain)) {
    it(`stays out of training though it ${what}, also after a restart`, async () => {
      const { path, database, trainingIds, close } = await openLog();

      for (const sql of statements) database.exec(sql);

      assert.deepEqual(await trainingIds(), ['training']);
      await close();
      const again = await openSqliteCapture({ path, now: () => 0 });
      after(() => again.close());
      await again.append([
        { ...training, id: 'later' },
        { ...held, id: 'twin', isHoldout: false },
      ]);
      await again.append([{ ...held, id: 'pupil', isHoldout: false, isTrainable: true }]);
      const ids = (await again.readTraining(everything)).map(({ id }) => id).sort();
      assert.deepEqual(ids, ['later', 'training']);
    });
  }
});

describe('a log of version 2', () => {
  it('remembers the inputs that it has held out', async () => {
    const { path, database, close } = await openLog();
    // What later versions have added goes; the rest is as version 2 left it.
    database.exec(`
      DROP VIEW training_rows; DROP VIEW labelled_rows; DROP TRIGGER erased_rows_stay_away;
      DROP INDEX rows_by_input_key; DROP INDEX rows_held_out;
      DROP INDEX rows_by_subject; DROP INDEX rows_by_age; DROP INDEX rows_to_review;
      DROP TABLE feedback; DROP TABLE erased_rows;
      ALTER TABLE rows DROP COLUMN source; ALTER TABLE rows DROP COLUMN input_kept;
      ALTER TABLE rows DROP COLUMN input_key; ALTER TABLE rows DROP COLUMN student_label;
      ALTER TABLE rows DROP COLUMN student_latency_ms; ALTER TABLE rows DROP COLUMN subject;
      DROP TRIGGER rows_tell_holdout_inputs; DROP TRIGGER holdout_inputs_stay;
      DROP TRIGGER holdout_inputs_stay_the_same; DROP TRIGGER rows_are_not_replaced;
      DROP TABLE holdout_inputs; DROP TABLE teacher_checks;
      DROP INDEX rows_by_client;
      CREATE VIEW training_rows AS SELECT * FROM rows;
      CREATE INDEX holdout_by_input ON rows (task, input_hash) WHERE is_holdout = 1;
      PRAGMA user_version = 2`);
    await close();

    const again = await openSqliteCapture({ path, now: () => 0 });
    after(() => again.close());
    await again.append([{ ...held, id: 'pupil', isHoldout: false, isTrainable: true }]);

    const ids = (await again.readTraining(everything)).map(({ id }) => id);
    assert.deepEqual(ids, ['training']);
  });
});
