import type Database from 'libsql';

/** Marks a file as a capture log ("unds"), so that another program's database is never touched. */
const applicationId = 0x756e6473;

/** Step 1, as it was released; of its own, so that no later step changes it. */
const step1 = `
  PRAGMA application_id = ${applicationId};

  CREATE TABLE rows (
    sequence              INTEGER PRIMARY KEY AUTOINCREMENT,
    id                    TEXT NOT NULL UNIQUE,
    task                  TEXT NOT NULL,
    created_ms            REAL NOT NULL,
    input                 BLOB NOT NULL CHECK (length(input) % 4 = 0),
    input_hash            TEXT NOT NULL,
    route                 TEXT NOT NULL
                          CHECK (route IN ('student', 'teacher', 'cache', 'degraded')),
    reason                TEXT NOT NULL,
    is_holdout            INTEGER NOT NULL CHECK (is_holdout IN (0, 1)),
    is_trainable          INTEGER NOT NULL CHECK (is_trainable IN (0, 1 - is_holdout)),
    propensity            REAL NOT NULL CHECK (propensity > 0 AND propensity <= 1),
    holdout_rate          REAL NOT NULL CHECK (holdout_rate BETWEEN 0 AND 1),
    student_version       TEXT,
    student_logits        BLOB CHECK (length(student_logits) % 4 = 0),
    confidence            REAL,
    threshold             REAL,
    teacher_name          TEXT NOT NULL,
    teacher_version       TEXT NOT NULL,
    teacher_label         INTEGER NOT NULL CHECK (teacher_label >= 0),
    teacher_probabilities BLOB CHECK (length(teacher_probabilities) % 8 = 0),
    teacher_latency_ms    REAL NOT NULL,
    cost_usd              REAL NOT NULL,
    client                TEXT
  ) STRICT;

  -- Reads newest first: an index ends in the rowid, which is the sequence.
  CREATE INDEX rows_by_use ON rows (task, teacher_version, is_holdout, is_trainable);
  CREATE INDEX holdout_by_input ON rows (task, input_hash) WHERE is_holdout = 1;

  -- The only way to training rows. No holdout row, nor a row with the input of one, is in it.
  CREATE VIEW training_rows AS
    SELECT * FROM rows AS candidate
    WHERE is_trainable = 1 AND NOT EXISTS (
      SELECT 1 FROM rows AS holdout
      WHERE holdout.is_holdout = 1
        AND holdout.task = candidate.task
        AND holdout.input_hash = candidate.input_hash
    );

  -- What was drawn before the student was looked at stays as it was drawn.
  CREATE TRIGGER rows_keep_their_draw
    BEFORE UPDATE OF task, input_hash, is_holdout, is_trainable, propensity, holdout_rate ON rows
    BEGIN SELECT RAISE(ABORT, 'the draw of a captured row can not be changed'); END;

  CREATE TABLE leases (
    name       TEXT PRIMARY KEY,
    owner      TEXT NOT NULL,
    expires_ms REAL NOT NULL
  ) STRICT;
`;

/** Step 2: inputs of any kind. A text has any length, an image may have 8 bits a value. */
const step2 = `
  DROP VIEW training_rows;
  DROP TRIGGER rows_keep_their_draw;
  DROP INDEX rows_by_use;
  DROP INDEX holdout_by_input;
  ALTER TABLE rows RENAME TO rows_of_version_1;

  CREATE TABLE rows (
    sequence              INTEGER PRIMARY KEY AUTOINCREMENT,
    id                    TEXT NOT NULL UNIQUE,
    task                  TEXT NOT NULL,
    created_ms            REAL NOT NULL,
    input                 BLOB NOT NULL,
    input_hash            TEXT NOT NULL,
    route                 TEXT NOT NULL
                          CHECK (route IN ('student', 'teacher', 'cache', 'degraded')),
    reason                TEXT NOT NULL,
    is_holdout            INTEGER NOT NULL CHECK (is_holdout IN (0, 1)),
    is_trainable          INTEGER NOT NULL CHECK (is_trainable IN (0, 1 - is_holdout)),
    propensity            REAL NOT NULL CHECK (propensity > 0 AND propensity <= 1),
    holdout_rate          REAL NOT NULL CHECK (holdout_rate BETWEEN 0 AND 1),
    student_version       TEXT,
    student_logits        BLOB CHECK (length(student_logits) % 4 = 0),
    confidence            REAL,
    threshold             REAL,
    teacher_name          TEXT NOT NULL,
    teacher_version       TEXT NOT NULL,
    teacher_label         INTEGER NOT NULL CHECK (teacher_label >= 0),
    teacher_probabilities BLOB CHECK (length(teacher_probabilities) % 8 = 0),
    teacher_latency_ms    REAL NOT NULL,
    cost_usd              REAL NOT NULL,
    client                TEXT
  ) STRICT;

  INSERT INTO rows SELECT * FROM rows_of_version_1;
  DROP TABLE rows_of_version_1;

  -- Reads newest first: an index ends in the rowid, which is the sequence.
  CREATE INDEX rows_by_use ON rows (task, teacher_version, is_holdout, is_trainable);
  CREATE INDEX holdout_by_input ON rows (task, input_hash) WHERE is_holdout = 1;

  -- The only way to training rows. No holdout row, nor a row with the input of one, is in it.
  CREATE VIEW training_rows AS
    SELECT * FROM rows AS candidate
    WHERE is_trainable = 1 AND NOT EXISTS (
      SELECT 1 FROM rows AS holdout
      WHERE holdout.is_holdout = 1
        AND holdout.task = candidate.task
        AND holdout.input_hash = candidate.input_hash
    );

  -- What was drawn before the student was looked at stays as it was drawn.
  CREATE TRIGGER rows_keep_their_draw
    BEFORE UPDATE OF task, input_hash, is_holdout, is_trainable, propensity, holdout_rate ON rows
    BEGIN SELECT RAISE(ABORT, 'the draw of a captured row can not be changed'); END;
`;

/**
 * Steps from one schema version to the next; `PRAGMA user_version` says how many were taken. Append
 * only: a step that has been released is never edited.
 */
const migrations: readonly string[] = [step1, step2];

/**
 * Brings a database to the newest schema, in one transaction: two processes that open the same file
 * at once both find it complete.
 *
 * @throws {Error} as `refuseForeign` does.
 */
export function migrate(database: Database.Database): void {
  database.exec('BEGIN IMMEDIATE');
  try {
    const version = refuseForeign(database);
    for (const step of migrations.slice(version)) database.exec(step);
    database.exec(`PRAGMA user_version = ${migrations.length}`);
    database.exec('COMMIT');
  } catch (error) {
    if (database.inTransaction) database.exec('ROLLBACK');
    throw error;
  }
}

/**
 * Reads the schema version, 0 for an empty file.
 *
 * @throws {Error} saying what to change, when the file is not a capture log or is a newer one.
 */
export function refuseForeign(database: Database.Database): number {
  const version = readInteger(database, 'user_version');
  const isEmpty = database.prepare('SELECT 1 FROM sqlite_schema LIMIT 1').all().length === 0;
  const isOurs = version > 0 && readInteger(database, 'application_id') === applicationId;
  if (!isOurs && !isEmpty)
    throw new Error('It is another program’s database. Give the capture log a path of its own.');
  if (version > migrations.length)
    throw new Error(
      `Its schema has version ${version}, this gateway knows versions up to ` +
        `${migrations.length}. Run the newer gateway again, or give this one another path.`,
    );
  return version;
}

function readInteger(database: Database.Database, pragma: 'user_version' | 'application_id') {
  const [row] = database.prepare(`PRAGMA ${pragma}`).raw().all() as [number][];
  return row![0];
}
