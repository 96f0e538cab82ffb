import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { Client } from 'pg';
import type { Capture, RowFilter, StoredRow } from '../../src/capture/capture.js';
import { createInputCipher } from '../../src/capture/input-cipher.js';
import { openPostgresCapture } from '../../src/capture/postgres/postgres-capture.js';
import { rowColumns } from '../../src/capture/row-codec.js';
import { applicationId } from '../../src/capture/schema-steps.js';
import { CaptureFailedError, InvalidConfigError } from '../../src/errors.js';
import { describeEveryCapture } from '../contract/every-capture-contract.js';
import { describeSharedLog } from '../contract/shared-log-contract.js';
import { capturedRow } from '../support/captured-row.js';
import {
  skipWithoutPostgres,
  startPostgres,
  type PostgresServer,
} from '../support/postgres-server.js';
import { runUntilKilled } from '../support/run-until-killed.js';
import { until } from '../support/until.js';

const drawKeySha256 = 'ab'.repeat(32);
const fixedNow = (): number => 1_700_000_000_000;
const everything: RowFilter = {
  task: 'digits',
  teacherVersion: 't1-aaaaaaaa',
  rowsMax: 1_000_000,
  createdAfterMs: 0,
};
const idsOf = (rows: readonly StoredRow[]): string[] => rows.map(({ id }) => id);

let server: PostgresServer;
let schemas = 0;
const nameOf = (url: string): string => new URL(url).searchParams.get('schema')!;
const newUrl = (): string => `${server.url}?schema=log_${schemas++}`;
const open = (now = fixedNow, url = newUrl()): Promise<Capture> =>
  openPostgresCapture({ url, now, drawKeySha256 });
const opened = async (url: string): Promise<Capture> => {
  const capture = await open(fixedNow, url);
  after(() => capture.close());
  return capture;
};
async function sql(text: string): Promise<readonly Record<string, unknown>[]> {
  const client = new Client({ connectionString: server.url });
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(text)).rows;
  } finally {
    await client.end();
  }
}

describe('a capture log in PostgreSQL', { skip: skipWithoutPostgres() }, () => {
  before(async () => {
    server = await startPostgres();
  });
  after(() => server.stop());

  describeEveryCapture('PostgreSQL', open);
  describeOpening();
  describeHolding();
  describeHands();
  describePlans();
});

function describeOpening(): void {
  describeSharedLog(() => {
    const url = newUrl();
    return () => open(fixedNow, url);
  });

  const refusal = async (url: string, message: RegExp): Promise<void> =>
    assert.rejects(open(fixedNow, url), (error: unknown) => {
      assert.ok(error instanceof InvalidConfigError);
      assert.match(error.message, message);
      assert.doesNotMatch(error.message, /secret/);
      return true;
    });

  it('refuses a newer schema, and leaves it as it is', async () => {
    const url = newUrl();
    await (await open(fixedNow, url)).close();
    await sql(`UPDATE ${nameOf(url)}.schema_version SET steps = 99`);

    await refusal(url, /schema of version 99, .* up to 1\. Run the newer gateway/);

    assert.deepEqual(await sql(`SELECT steps FROM ${nameOf(url)}.schema_version`), [{ steps: 99 }]);
  });

  it('refuses a gateway whose rows are drawn by another secret', async () => {
    const url = newUrl();
    await (await open(fixedNow, url)).close();

    const other = openPostgresCapture({ url, now: fixedNow, drawKeySha256: 'cd'.repeat(32) });

    await assert.rejects(other, /another holdout\.key .* Copy the holdout\.key/);
  });

  it('says what can not be reached, and how to go on, without the password', async () => {
    const away = 'postgresql://ann:secret@127.0.0.1:1/logs';
    await refusal(away, /127\.0\.0\.1:1\/logs .*ECONNREFUSED.* correct DATABASE_URL/);
    const port = new URL(server.url).port;
    await refusal(`postgresql://understudy:secret@127.0.0.1:${port}/nothing`, /"nothing" does not/);
    await refusal('mysql://ann:secret@127.0.0.1/logs', /expected postgresql:/);
    await refusal('secret', /no URL of a PostgreSQL database/);
    for (const password of ['p@secret/w', 'p#secret', 'p?secret', 'secret/w:rd'])
      await refusal(`postgresql://ann:${password}@127.0.0.1/logs`, /percent-encoded \(p%40ss/);
    await refusal(`${server.url}?schema=a"b`, /schema must be lower-case letters/);
  });

  it('says what to change where the server refuses', async () => {
    await sql('CREATE ROLE guest LOGIN');
    const elsewhere = new URL(newUrl());
    elsewhere.pathname = '/nothing';
    await refusal(elsewhere.href, /\(3D000\)\. Make the database first/);
    const guest = new URL(newUrl());
    guest.username = 'guest';
    await refusal(guest.href, /\(42501\)\. Grant its user CREATE on the database/);
    await sql('ALTER ROLE guest SET default_transaction_read_only = on');
    await sql('GRANT CREATE ON DATABASE postgres TO guest');
    await refusal(guest.href, /\(25006\)\. It only reads: .* the primary/);
    await sql('ALTER ROLE guest RESET default_transaction_read_only');
    await opened(guest.href);
  });
}

function describeHolding(): void {
  it('fails what the server can not answer, and goes on when it is there again', async () => {
    const one = await startPostgres({ isDurable: true });
    try {
      const capture = await open(fixedNow, one.url);
      await capture.append([capturedRow({ id: 'before' })]);
      await one.kill();

      await assert.rejects(capture.append([capturedRow({ id: 'lost' })]), CaptureFailedError);
      await assert.rejects(capture.count('digits'), CaptureFailedError);

      await one.startAgain();
      await capture.append([capturedRow({ id: 'after' })]);
      assert.deepEqual(idsOf(await capture.readTraining(everything)), ['after', 'before']);
      await capture.close();
    } finally {
      await one.stop();
    }
  });

  it('goes on when the server has cut its connections', async () => {
    const capture = await open();
    await capture.append([capturedRow({ id: 'a' })]);
    await capture.count('digits');
    await sql(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity
               WHERE application_name = 'understudy'`);
    await until('the cut has arrived', async () => {
      const rows = await sql(`SELECT 1 FROM pg_stat_activity
                              WHERE application_name = 'understudy'`);
      return rows.length === 0;
    });

    await capture.append([capturedRow({ id: 'b' })]);

    assert.deepEqual(idsOf(await capture.readTraining(everything)), ['b', 'a']);
    await capture.close();
  });

  /** Keeps every writer of a log waiting. */
  async function holdWriters(url: string): Promise<Client> {
    const client = new Client({ connectionString: server.url });
    await client.connect();
    await client.query('BEGIN');
    await client.query(`SELECT pg_advisory_xact_lock(${applicationId}, hashtext($1))`, [
      nameOf(url),
    ]);
    return client;
  }
  const whoWaits = "WHERE application_name = 'understudy' AND wait_event_type = 'Lock'";
  const untilOneWaits = (): Promise<void> =>
    until('a writer waits', async () => {
      return (await sql(`SELECT 1 FROM pg_stat_activity ${whoWaits}`)).length > 0;
    });

  it('fails a call whose connection is cut, and nothing else', async () => {
    const url = newUrl();
    const capture = await opened(url);
    const holder = await holdWriters(url);
    for (const cut of [
      () => capture.append([capturedRow({ id: 'cut' })]),
      () => capture.addNew([capturedRow({ id: 'cut', source: 'import' })]),
    ]) {
      const call = assert.rejects(cut(), CaptureFailedError);
      await untilOneWaits();
      await sql(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity ${whoWaits}`);
      await call;
    }
    await holder.end();

    await capture.append([capturedRow({ id: 'after' })]);
    assert.deepEqual(idsOf(await capture.readTraining(everything)), ['after']);
  });

  it('lets a call wait for others for longer than for a server that is away', async () => {
    const url = newUrl();
    const capture = await opened(url);
    const holder = await holdWriters(url);
    const first = capture.addNew([capturedRow({ id: 'first', source: 'import' })]);
    await untilOneWaits();
    const second = capture.append([capturedRow({ id: 'second' })]);
    await new Promise((resolve) => setTimeout(resolve, 5_500)); // Past `connectTimeoutMs`.
    await holder.end();

    await Promise.all([first, second]);
    assert.equal((await capture.count('digits')).rows, 2);
  });

  it('erases what was said of a row while the erasure waited for its turn', async () => {
    const url = newUrl();
    const capture = await opened(url);
    await capture.append([capturedRow({ id: 'a', subject: 'ann' })]);
    const holder = await holdWriters(url);
    const erased = capture.eraseSubject('digits', 'ann', 9);
    await untilOneWaits();
    const feedback = `${nameOf(url)}.feedback`;
    await holder.query(`INSERT INTO ${feedback} VALUES ('digits', 'a', 1, 'caller', 1); COMMIT`);
    await holder.end();

    assert.equal(await erased, 1);
    assert.deepEqual(await sql(`SELECT row_id FROM ${feedback}`), []);
  });

  it('keeps inputs as they are where the server writes them in its old format', async () => {
    await sql('CREATE DATABASE old_format');
    await sql('ALTER DATABASE old_format SET bytea_output TO escape');
    const capture = await opened(server.url.replace(/postgres$/, 'old_format'));
    const input = Uint8Array.from({ length: 256 }, (_, k) => k);

    await capture.append([capturedRow({ id: 'a', input })]);

    assert.deepEqual((await capture.readTraining(everything))[0]!.input, input);
  });

  it('keeps the rows of calls beside one that no index can take', async () => {
    const capture = await opened(newUrl());
    const long = randomBytes(6_000).toString('hex');

    const outcomes = await Promise.allSettled([
      capture.append([capturedRow({ id: 'good' })]),
      capture.append([capturedRow({ id: 'bad', client: long })]),
    ]);

    assert.deepEqual(
      outcomes.map(({ status }) => status),
      ['fulfilled', 'rejected'],
    );
  });

  it('waits for the disk, also where the server would not', async () => {
    const one = await startPostgres({ settings: { synchronous_commit: 'off' } });
    try {
      const capture = await open(fixedNow, one.url);
      const client = new Client({ connectionString: one.url });
      await client.connect();
      const seen = 'CREATE TABLE seen AS SELECT current_setting($$synchronous_commit$$) AS setting';
      await client.query(`
        CREATE FUNCTION see() RETURNS trigger LANGUAGE plpgsql AS
          $body$ BEGIN ${seen}; RETURN NULL; END $body$;
        CREATE TRIGGER see AFTER INSERT ON understudy.rows EXECUTE FUNCTION see()`);

      await capture.append([capturedRow({ id: 'a' })]);

      assert.deepEqual((await client.query('SELECT setting FROM seen')).rows, [{ setting: 'on' }]);
      await client.end();
      await capture.close();
    } finally {
      await one.stop();
    }
  });

  it('has every row that two processes acknowledged until kill -9', async () => {
    const url = newUrl();
    await (await open(fixedNow, url)).close();
    const said = await Promise.all(
      ['one', 'two'].map((prefix) =>
        runUntilKilled('append-until-killed.js', { args: [url, prefix], lines: 200 }),
      ),
    );

    const capture = await opened(url);
    const stored = new Set(idsOf(await capture.readTraining(everything)));
    const lost = said.flat().filter((id) => !stored.has(id));
    assert.deepEqual(lost, []);
  });

  it('keeps inputs encrypted, each in its place', async () => {
    const url = newUrl();
    const key = new Uint8Array(32).fill(1);
    const cipher = createInputCipher([key]);
    const capture = await openPostgresCapture({ url, now: fixedNow, drawKeySha256, cipher });
    const input = Buffer.from('a text that nobody else may read');
    await capture.append(['a', 'b'].map((id) => capturedRow({ id, input })));

    const [row] = await capture.readTraining({ ...everything, rowsMax: 1 });
    await capture.close();

    assert.deepEqual(Buffer.from(row!.input), input);
    const raw = await sql(`SELECT input FROM ${nameOf(url)}.rows`);
    for (const { input: bytes } of raw) assert.ok(!(bytes as Buffer).includes('nobody'));
    await assert.rejects(open(fixedNow, url), /encrypted by key [0-9a-f]{16}, which was not given/);
  });
}

/** A hand on the database can not make a holdout row one to learn from. */
function describeHands(): void {
  const refused: Readonly<Record<string, string>> = {
    'told that it may be trained on': "UPDATE rows SET is_trainable = 1 WHERE id = 'held'",
    'told that it is none': "UPDATE rows SET is_holdout = 0 WHERE id = 'held'",
    'given another hash': "UPDATE rows SET input_hash = 'x' WHERE id = 'held'",
    'put into the view': "INSERT INTO training_rows (id) VALUES ('held')",
    'changed through the view': 'UPDATE training_rows SET is_trainable = 1',
    'forgotten as an input': 'DELETE FROM holdout_inputs',
    'emptied away as an input': 'TRUNCATE holdout_inputs',
    'renamed as an input': "UPDATE holdout_inputs SET input_hash = 'x'",
  };
  for (const [what, statement] of Object.entries(refused)) {
    it(`a holdout row is not ${what}`, async () => {
      const url = newUrl();
      const capture = await opened(url);
      await capture.append([
        capturedRow({ id: 'held', isHoldout: true, inputHash: 'cafe' }),
        capturedRow({ id: 'training' }),
      ]);

      await assert.rejects(sql(`SET search_path TO ${nameOf(url)}; ${statement}`));

      assert.deepEqual(idsOf(await capture.readTraining(everything)), ['training']);
    });
  }
}

/** A log in which whatever walks through many rows shows: by what the server has counted. */
function describePlans(): void {
  const rowCount = 20_000;
  /** A tenth are holdout rows, a hundredth is of one subject. */
  const fill = (schema: string): string => `
    INSERT INTO ${schema}.rows (${rowColumns.join()})
    SELECT 'row-' || k, 'digits', k, '\\x00', 'hash-' || k, 'teacher', 'unsure',
      (k % 10 = 0)::int, (k % 10 <> 0)::int, 1, 0.1, 'v1', NULL, (k % 97) / 97.0, 0.9, 'big',
      't1-aaaaaaaa', k % 3, NULL, 1, 0.001, 'client-' || k % 7, 'traffic', 'full', k % 2, 1,
      CASE WHEN k % 100 = 1 THEN 'ann' END, NULL
    FROM generate_series(1, ${rowCount}) AS k;
    ANALYZE ${schema}.rows`;

  it('reads what is asked for often along its indexes, and little of them', async () => {
    const url = newUrl();
    await (await open(fixedNow, url)).close();
    await sql(fill(nameOf(url)));
    const capture = await open(fixedNow, url);
    const some = { ...everything, rowsMax: 20 };
    const anything = {
      ...{ task: 'digits', beforeSequence: null, rowsMax: 20, source: null, route: null },
      ...{ isHoldout: null, teacherLabel: null, isAgreed: null, client: null },
      ...{ createdFromMs: 0, createdBeforeMs: Infinity },
    };

    const counts = [
      (await capture.readTraining(some)).length,
      (await capture.readHoldout(some)).length,
      (await capture.readReview(some)).length,
      (await capture.readPage({ task: 'digits', afterSequence: 900, rowsMax: 20 })).length,
      (await capture.browse({ ...anything, subject: null })).rows.length,
      (await capture.browse({ ...anything, subject: 'ann' })).rows.length,
      (await capture.findUnchecked(everything, 0.5)) === null ? 0 : 20,
      (await capture.findRow('digits', 'row-7')) === null ? 0 : 20,
    ];
    await capture.close(); // Now the server has counted it.

    assert.deepEqual(counts, Array(counts.length).fill(20));
    const [read] = await sql(`SELECT seq_tup_read::int AS walked, idx_tup_fetch::int AS fetched
      FROM pg_stat_user_tables WHERE schemaname = '${nameOf(url)}' AND relname = 'rows'`);
    const { walked, fetched } = read as { walked: number; fetched: number };
    assert.equal(walked, 0);
    assert.ok(fetched < rowCount / 20, `${fetched}`); // Half as many as there are holdout rows.
  });
}
