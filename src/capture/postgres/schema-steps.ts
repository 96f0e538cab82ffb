/** Columns of rows, as in `rowColumns`. Arrays are little-endian, as in SQLite. */
const rows = (schema: string): string => `
  CREATE TABLE ${schema}.rows (
    sequence              BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    id                    TEXT NOT NULL UNIQUE,
    task                  TEXT NOT NULL,
    source                TEXT NOT NULL
                          CHECK (source = 'traffic'
                                 OR (source IN ('import', 'feedback') AND is_holdout = 0)),
    created_ms            DOUBLE PRECISION NOT NULL,
    input                 BYTEA NOT NULL,
    input_kept            TEXT NOT NULL
                          CHECK (input_kept IN ('full', 'redacted')
                                 OR (input_kept IN ('hash', 'none') AND is_trainable = 0)),
    input_key             TEXT,
    input_hash            TEXT NOT NULL,
    route                 TEXT NOT NULL
                          CHECK (route IN ('student', 'teacher', 'cache', 'degraded')),
    reason                TEXT NOT NULL,
    is_holdout            SMALLINT NOT NULL CHECK (is_holdout IN (0, 1)),
    is_trainable          SMALLINT NOT NULL CHECK (is_trainable IN (0, 1 - is_holdout)),
    propensity            DOUBLE PRECISION NOT NULL CHECK (propensity > 0 AND propensity <= 1),
    holdout_rate          DOUBLE PRECISION NOT NULL CHECK (holdout_rate BETWEEN 0 AND 1),
    student_version       TEXT,
    student_logits        BYTEA CHECK (length(student_logits) % 4 = 0),
    student_label         INTEGER CHECK (student_label >= 0),
    student_latency_ms    DOUBLE PRECISION,
    confidence            DOUBLE PRECISION,
    threshold             DOUBLE PRECISION,
    teacher_name          TEXT NOT NULL,
    teacher_version       TEXT NOT NULL,
    teacher_label         INTEGER NOT NULL CHECK (teacher_label >= 0),
    teacher_probabilities BYTEA CHECK (length(teacher_probabilities) % 8 = 0),
    teacher_latency_ms    DOUBLE PRECISION NOT NULL,
    cost_usd              DOUBLE PRECISION NOT NULL,
    client                TEXT,
    subject               TEXT
  );

  CREATE INDEX rows_in_order ON ${schema}.rows (task, sequence);
  CREATE INDEX rows_by_use
    ON ${schema}.rows (task, teacher_version, is_holdout, is_trainable, sequence);
  CREATE INDEX rows_by_client ON ${schema}.rows (task, client, created_ms, is_holdout);
  CREATE INDEX rows_by_subject
    ON ${schema}.rows (task, subject, sequence) WHERE subject IS NOT NULL;
  CREATE INDEX rows_by_age ON ${schema}.rows (task, created_ms);
  CREATE INDEX rows_by_input_key ON ${schema}.rows (input_key) WHERE input_key IS NOT NULL;
  CREATE INDEX rows_held_out ON ${schema}.rows (task, sequence) WHERE is_holdout = 1;
  CREATE INDEX rows_to_review
    ON ${schema}.rows (task, (student_label = teacher_label), confidence NULLS FIRST)
    WHERE source = 'traffic' AND is_holdout = 0 AND student_label IS NOT NULL
      AND input_kept IN ('full', 'redacted');
`;

const besideRows = (schema: string): string => `
  -- An input that was held out once is remembered as such for good.
  CREATE TABLE ${schema}.holdout_inputs (
    task       TEXT NOT NULL,
    input_hash TEXT NOT NULL,
    PRIMARY KEY (task, input_hash)
  );

  -- Of an answer, whether its row is in the log, comes later or never does.
  CREATE TABLE ${schema}.feedback (
    task     TEXT NOT NULL,
    row_id   TEXT NOT NULL,
    label    INTEGER NOT NULL CHECK (label >= 0),
    origin   TEXT NOT NULL CHECK (origin IN ('caller', 'review')),
    given_ms DOUBLE PRECISION NOT NULL,
    client   TEXT,
    PRIMARY KEY (task, row_id)
  );

  -- Ids of rows that were erased: they do not come again.
  CREATE TABLE ${schema}.erased_rows (
    task      TEXT NOT NULL,
    row_id    TEXT NOT NULL,
    erased_ms DOUBLE PRECISION NOT NULL,
    PRIMARY KEY (task, row_id)
  );

  -- Holdout rows that the teacher was asked about again, twice: "label" is that of the row.
  CREATE TABLE ${schema}.teacher_checks (
    sequence        BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    task            TEXT NOT NULL,
    teacher_version TEXT NOT NULL,
    row_id          TEXT NOT NULL,
    input_hash      TEXT NOT NULL,
    row_created_ms  DOUBLE PRECISION NOT NULL,
    confidence      DOUBLE PRECISION,
    checked_ms      DOUBLE PRECISION NOT NULL,
    label           INTEGER NOT NULL CHECK (label >= 0),
    second_label    INTEGER NOT NULL CHECK (second_label >= 0),
    third_label     INTEGER NOT NULL CHECK (third_label >= 0),
    cost_usd        DOUBLE PRECISION NOT NULL,
    UNIQUE (task, teacher_version, input_hash)
  );
  CREATE INDEX teacher_checks_by_teacher
    ON ${schema}.teacher_checks (task, teacher_version, sequence);

  CREATE TABLE ${schema}.leases (
    name       TEXT PRIMARY KEY,
    owner      TEXT NOT NULL,
    expires_ms DOUBLE PRECISION NOT NULL
  );

  -- Which secret the rows were drawn by; one row.
  CREATE TABLE ${schema}.draw (
    is_only    BOOLEAN PRIMARY KEY DEFAULT true CHECK (is_only),
    key_sha256 TEXT NOT NULL
  );
`;

const triggers = (schema: string): string => `
  CREATE FUNCTION ${schema}.refuse() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN RAISE EXCEPTION '%', TG_ARGV[0]; END $$;

  CREATE FUNCTION ${schema}.tell_holdout_input() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    INSERT INTO ${schema}.holdout_inputs VALUES (NEW.task, NEW.input_hash) ON CONFLICT DO NOTHING;
    RETURN NULL;
  END $$;
  CREATE TRIGGER rows_tell_holdout_inputs AFTER INSERT ON ${schema}.rows
    FOR EACH ROW WHEN (NEW.is_holdout = 1) EXECUTE FUNCTION ${schema}.tell_holdout_input();
  CREATE TRIGGER holdout_inputs_stay BEFORE UPDATE OR DELETE OR TRUNCATE ON ${schema}.holdout_inputs
    FOR EACH STATEMENT
    EXECUTE FUNCTION ${schema}.refuse('an input that was held out stays one');

  -- What was drawn before the student was looked at stays as it was drawn.
  CREATE TRIGGER rows_keep_their_draw
    BEFORE UPDATE OF
      id, task, input, input_hash, is_holdout, is_trainable, propensity, holdout_rate
    ON ${schema}.rows FOR EACH STATEMENT
    EXECUTE FUNCTION ${schema}.refuse('the draw of a captured row can not be changed');

  CREATE FUNCTION ${schema}.refuse_erased() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    IF EXISTS (SELECT 1 FROM ${schema}.erased_rows WHERE task = NEW.task AND row_id = NEW.id) THEN
      RAISE EXCEPTION 'a row of this id was erased';
    END IF;
    RETURN NEW;
  END $$;
  CREATE TRIGGER erased_rows_stay_away BEFORE INSERT ON ${schema}.rows
    FOR EACH ROW EXECUTE FUNCTION ${schema}.refuse_erased();

  CREATE TRIGGER teacher_checks_stay BEFORE UPDATE ON ${schema}.teacher_checks
    FOR EACH STATEMENT
    EXECUTE FUNCTION ${schema}.refuse('a check of the teacher can not be changed');
`;

const views = (schema: string): string => `
  CREATE VIEW ${schema}.labelled_rows AS
    SELECT rows.*, feedback.label AS feedback_label, feedback.origin AS feedback_origin,
           feedback.given_ms AS feedback_ms
    FROM ${schema}.rows
    LEFT JOIN ${schema}.feedback ON feedback.task = rows.task AND feedback.row_id = rows.id;

  -- The only way to training rows. No holdout row, nor a row with the input of one, is in it.
  CREATE VIEW ${schema}.training_rows AS
    SELECT * FROM ${schema}.labelled_rows AS candidate
    WHERE is_trainable = 1 AND NOT EXISTS (
      SELECT 1 FROM ${schema}.holdout_inputs AS holdout
      WHERE holdout.task = candidate.task AND holdout.input_hash = candidate.input_hash
    );
`;

const step1 = (schema: string): string =>
  [rows, besideRows, triggers, views].map((part) => part(schema)).join('');

/**
 * Steps from one version of the schema to the next; the table `schema_version` says how many were
 * taken. Append only: a step that has been released is never edited.
 */
export const migrations: readonly ((schema: string) => string)[] = [step1];
