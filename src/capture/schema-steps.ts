/** Marks a file as a capture log ("unds"), so that another program's database is never touched. */
export const applicationId = 0x756e6473;

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
 * Step 3: an input that was held out once is remembered as such for good, also when its row is
 * erased or written over; and the checks of the teacher against itself.
 */
const step3 = `
  CREATE TABLE holdout_inputs (
    task       TEXT NOT NULL,
    input_hash TEXT NOT NULL,
    PRIMARY KEY (task, input_hash)
  ) STRICT, WITHOUT ROWID;
  INSERT INTO holdout_inputs SELECT DISTINCT task, input_hash FROM rows WHERE is_holdout = 1;

  CREATE TRIGGER rows_tell_holdout_inputs
    AFTER INSERT ON rows WHEN NEW.is_holdout = 1
    BEGIN INSERT OR IGNORE INTO holdout_inputs VALUES (NEW.task, NEW.input_hash); END;
  CREATE TRIGGER holdout_inputs_stay
    BEFORE DELETE ON holdout_inputs
    BEGIN SELECT RAISE(ABORT, 'an input that was held out stays one'); END;
  CREATE TRIGGER holdout_inputs_stay_the_same
    BEFORE UPDATE ON holdout_inputs
    BEGIN SELECT RAISE(ABORT, 'an input that was held out stays one'); END;

  DROP VIEW training_rows;
  DROP INDEX holdout_by_input;
  -- The only way to training rows. No holdout row, nor a row with the input of one, is in it.
  CREATE VIEW training_rows AS
    SELECT * FROM rows AS candidate
    WHERE is_trainable = 1 AND NOT EXISTS (
      SELECT 1 FROM holdout_inputs AS holdout
      WHERE holdout.task = candidate.task AND holdout.input_hash = candidate.input_hash
    );

  DROP TRIGGER rows_keep_their_draw;
  -- What was drawn before the student was looked at stays as it was drawn.
  CREATE TRIGGER rows_keep_their_draw
    BEFORE UPDATE OF
      id, task, input, input_hash, is_holdout, is_trainable, propensity, holdout_rate
    ON rows
    BEGIN SELECT RAISE(ABORT, 'the draw of a captured row can not be changed'); END;
  -- REPLACE deletes without asking a trigger: it is refused before it does.
  CREATE TRIGGER rows_are_not_replaced
    BEFORE INSERT ON rows WHEN EXISTS (SELECT 1 FROM rows WHERE id = NEW.id)
    BEGIN SELECT RAISE(ABORT, 'a row of this id is in the log already'); END;

  -- Holdout rows that the teacher was asked about again, twice: "label" is that of the row.
  CREATE TABLE teacher_checks (
    sequence        INTEGER PRIMARY KEY AUTOINCREMENT,
    task            TEXT NOT NULL,
    teacher_version TEXT NOT NULL,
    row_id          TEXT NOT NULL,
    input_hash      TEXT NOT NULL,
    row_created_ms  REAL NOT NULL,
    confidence      REAL,
    checked_ms      REAL NOT NULL,
    label           INTEGER NOT NULL CHECK (label >= 0),
    second_label    INTEGER NOT NULL CHECK (second_label >= 0),
    third_label     INTEGER NOT NULL CHECK (third_label >= 0),
    cost_usd        REAL NOT NULL,
    UNIQUE (task, teacher_version, input_hash)
  ) STRICT;
  CREATE INDEX teacher_checks_by_teacher ON teacher_checks (task, teacher_version);
  CREATE TRIGGER teacher_checks_stay
    BEFORE UPDATE ON teacher_checks
    BEGIN SELECT RAISE(ABORT, 'a check of the teacher can not be changed'); END;
`;

/** Step 4: who sent how much, since when, without a look at the rows themselves. */
const step4 = `
  CREATE INDEX rows_by_client ON rows (task, client, created_ms, is_holdout);
`;

/** Step 5: what people say of answers, whom rows speak of, what is kept of their inputs. */
const step5 = `
  ALTER TABLE rows ADD COLUMN source TEXT NOT NULL DEFAULT 'traffic'
    CHECK (source = 'traffic' OR (source IN ('import', 'feedback') AND is_holdout = 0));
  ALTER TABLE rows ADD COLUMN input_kept TEXT NOT NULL DEFAULT 'full'
    CHECK (input_kept IN ('full', 'redacted')
           OR (input_kept IN ('hash', 'none') AND is_trainable = 0));
  ALTER TABLE rows ADD COLUMN input_key TEXT;
  ALTER TABLE rows ADD COLUMN student_label INTEGER CHECK (student_label >= 0);
  ALTER TABLE rows ADD COLUMN student_latency_ms REAL;
  ALTER TABLE rows ADD COLUMN subject TEXT;

  -- Of an answer, whether its row is in the log, comes later or never does.
  CREATE TABLE feedback (
    task     TEXT NOT NULL,
    row_id   TEXT NOT NULL,
    label    INTEGER NOT NULL CHECK (label >= 0),
    origin   TEXT NOT NULL CHECK (origin IN ('caller', 'review')),
    given_ms REAL NOT NULL,
    client   TEXT,
    PRIMARY KEY (task, row_id)
  ) STRICT, WITHOUT ROWID;

  -- Ids of rows that were erased: they do not come again.
  CREATE TABLE erased_rows (
    task      TEXT NOT NULL,
    row_id    TEXT NOT NULL,
    erased_ms REAL NOT NULL,
    PRIMARY KEY (task, row_id)
  ) STRICT, WITHOUT ROWID;
  CREATE TRIGGER erased_rows_stay_away
    BEFORE INSERT ON rows
    WHEN EXISTS (SELECT 1 FROM erased_rows WHERE task = NEW.task AND row_id = NEW.id)
    BEGIN SELECT RAISE(ABORT, 'a row of this id was erased'); END;

  CREATE INDEX rows_by_subject ON rows (task, subject) WHERE subject IS NOT NULL;
  CREATE INDEX rows_by_age ON rows (task, created_ms);
  CREATE INDEX rows_to_review ON rows (task, student_label = teacher_label, confidence)
    WHERE source = 'traffic' AND is_holdout = 0 AND student_label IS NOT NULL
      AND input_kept IN ('full', 'redacted');

  CREATE VIEW labelled_rows AS
    SELECT rows.*, feedback.label AS feedback_label, feedback.origin AS feedback_origin,
           feedback.given_ms AS feedback_ms
    FROM rows LEFT JOIN feedback ON feedback.task = rows.task AND feedback.row_id = rows.id;

  DROP VIEW training_rows;
  -- The only way to training rows. No holdout row, nor a row with the input of one, is in it.
  CREATE VIEW training_rows AS
    SELECT * FROM labelled_rows AS candidate
    WHERE is_trainable = 1 AND NOT EXISTS (
      SELECT 1 FROM holdout_inputs AS holdout
      WHERE holdout.task = candidate.task AND holdout.input_hash = candidate.input_hash
    );
`;

/** Step 6: which keys inputs are encrypted by, and the inputs that are held out, page by page. */
const step6 = `
  CREATE INDEX rows_by_input_key ON rows (input_key) WHERE input_key IS NOT NULL;
  CREATE INDEX rows_held_out ON rows (task) WHERE is_holdout = 1;
`;

/**
 * Steps from one schema version to the next; `PRAGMA user_version` says how many were taken. Append
 * only: a step that has been released is never edited.
 */
export const migrations: readonly string[] = [step1, step2, step3, step4, step5, step6];
