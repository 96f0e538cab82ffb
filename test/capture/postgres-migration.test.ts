import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { Client } from 'pg';
import type { Capture, RowFilter, StoredRow } from '../../src/capture/capture.js';
import { checkCells, checkColumns } from '../../src/capture/check-codec.js';
import { plainInputs } from '../../src/capture/input-cipher.js';
import { createConnections } from '../../src/capture/postgres/connections.js';
import { openPostgresCapture } from '../../src/capture/postgres/postgres-capture.js';
import { migrate } from '../../src/capture/postgres/schema.js';
import { migrations } from '../../src/capture/postgres/schema-steps.js';
import { createRowCodec, rowColumns, type Cell } from '../../src/capture/row-codec.js';
import { CaptureFailedError } from '../../src/errors.js';
import { capturedRow } from '../support/captured-row.js';
import { erasedId, feedbackCells, feedbackColumns, goneHash, goneId } from '../support/old-log.js';
import { oldCheck, oldRows, storedRows } from '../support/old-log.js';
import {
  skipWithoutPostgres,
  startPostgres,
  type PostgresServer,
} from '../support/postgres-server.js';
import { readEveryRow } from '../support/read-every-row.js';

const now = (): number => 1_700_000_000_000;
const drawKeySha256 = 'ab'.repeat(32);
const everything: RowFilter = {
  ...{ task: 'digits', teacherVersion: 't1-aaaaaaaa', rowsMax: 1_000, createdAfterMs: 0 },
};
const idsOf = (rows: readonly StoredRow[]): string[] => rows.map(({ id }) => id);

let server: PostgresServer;
let client: Client;
let schemas = 0;
/** What fails leaves no connection behind. */
async function open(schema: string): Promise<Capture> {
  const url = `${server.url}?schema=${schema}`;
  const capture = await openPostgresCapture({ url, now, drawKeySha256 });
  after(() => capture.close());
  return capture;
}
async function sql(text: string): Promise<readonly unknown[][]> {
  return (await client.query<unknown[]>({ text, rowMode: 'array' })).rows;
}
async function insert(table: string, names: readonly string[], cells: readonly Cell[]) {
  const places = names.map((_, k) => `$${k + 1}`);
  const text = `INSERT INTO ${table} (${names.join()}) VALUES (${places.join()})`;
  await client.query(text, [...cells]);
}

/** A log as a gateway left it that knew so many of the steps. @returns its schema. */
async function writeLog(steps: number): Promise<string> {
  const schema = `old_${schemas++}`;
  await sql(`CREATE SCHEMA ${schema};
             CREATE TABLE ${schema}.schema_version (steps INTEGER NOT NULL);
             INSERT INTO ${schema}.schema_version VALUES (${steps})`);
  for (const step of migrations.slice(0, steps)) await sql(step(schema));
  const codec = createRowCodec(plainInputs);
  for (const row of oldRows(true)) await insert(`${schema}.rows`, rowColumns, codec.encode(row));
  await sql(`DELETE FROM ${schema}.rows WHERE id = '${goneId}'`);
  await insert(`${schema}.teacher_checks`, checkColumns, checkCells(oldCheck));
  await insert(`${schema}.feedback`, feedbackColumns, feedbackCells);
  await sql(`INSERT INTO ${schema}.erased_rows VALUES ('digits', '${erasedId}', 1);
             INSERT INTO ${schema}.leases VALUES ('run', 'ann', 1700000001000);
             INSERT INTO ${schema}.draw VALUES (true, '${drawKeySha256}')`);
  return schema;
}

/** What is in a schema, each table, index, view, trigger and function as the server writes it. */
async function describeSchema(schema: string): Promise<readonly unknown[]> {
  const found = await sql(`
    SELECT table_name::text, column_name::text, data_type, is_nullable, column_default
      FROM information_schema.columns WHERE table_schema = '${schema}'
    UNION ALL SELECT indexname, indexdef, '', '', '' FROM pg_indexes WHERE schemaname = '${schema}'
    UNION ALL SELECT viewname, definition, '', '', '' FROM pg_views WHERE schemaname = '${schema}'
    UNION ALL SELECT conname, pg_get_constraintdef(oid), '', '', '' FROM pg_constraint
      WHERE connamespace = '${schema}'::regnamespace
    UNION ALL SELECT tgname, pg_get_triggerdef(oid), '', '', '' FROM pg_trigger
      WHERE NOT tgisinternal AND tgrelid IN
        (SELECT oid FROM pg_class WHERE relnamespace = '${schema}'::regnamespace)
    UNION ALL SELECT proname, pg_get_functiondef(oid), '', '', '' FROM pg_proc
      WHERE pronamespace = '${schema}'::regnamespace`);
  const steps = await sql(`SELECT steps FROM ${schema}.schema_version`);
  return [...steps, ...found].map((row) => row.join(' ').replaceAll(`${schema}.`, '')).toSorted();
}

describe('a capture log in PostgreSQL', { skip: skipWithoutPostgres() }, () => {
  before(async () => {
    server = await startPostgres();
    client = new Client({ connectionString: server.url });
    await client.connect();
  });
  after(async () => {
    await client.end();
    await server.stop();
  });

  for (let steps = 1; steps <= migrations.length; steps++) describeVersion(steps);
  describeNextVersion();
});

function describeVersion(steps: number): void {
  it(`of version ${steps} keeps its rows whole, and what it knew beside them`, async () => {
    const capture = await open(await writeLog(steps));
    const rows = await readEveryRow(capture, 'digits');
    const checks = await capture.readChecks(everything);
    const isLeased = !(await capture.acquireLease('run', 'ben', 1000));
    const erased = capture.append([capturedRow({ id: erasedId })]);
    await assert.rejects(erased, CaptureFailedError);
    await capture.append([capturedRow({ id: 'next' })]);
    await capture.append([capturedRow({ id: 'again', inputHash: goneHash })]);
    const training = idsOf(await capture.readTraining(everything));
    const holdout = idsOf(await capture.readHoldout(everything));
    await capture.close();

    assert.deepEqual(rows, storedRows({ isNew: true }));
    assert.deepEqual([checks, isLeased], [[oldCheck], true]);
    assert.deepEqual([training, holdout], [['next', 'nulls', 'first'], ['held']]);
  });

  it(`of version ${steps} has the schema of a new one afterwards`, async () => {
    const old = await writeLog(steps);
    const fresh = `fresh_${schemas++}`;
    for (const schema of [old, fresh]) await (await open(schema)).close();

    assert.deepEqual(await describeSchema(old), await describeSchema(fresh));
  });
}

/** Versions that are to come: what brings a log to them is there already. */
function describeNextVersion(): void {
  const last = migrations.length;
  const addMood = (schema: string): string =>
    `ALTER TABLE ${schema}.rows ADD COLUMN mood TEXT NOT NULL DEFAULT 'calm'`;
  const fail = (schema: string): string => `SELECT no_such_column FROM ${schema}.rows`;
  async function bring(schema: string, more: typeof migrations): Promise<void> {
    const { close, transact } = createConnections({ url: server.url, log: 'of the test' });
    try {
      await migrate({ schema, transact }, 'of the test', [...migrations, ...more]);
    } finally {
      await close();
    }
  }
  const stepsOf = async (schema: string): Promise<unknown> =>
    (await sql(`SELECT steps FROM ${schema}.schema_version`))[0]![0];

  it('is brought up by the steps that it lacks, once, by whoever comes first', async () => {
    const schema = await writeLog(last);

    await Promise.all([bring(schema, [addMood]), bring(schema, [addMood])]);
    await bring(schema, [addMood]);

    assert.equal(await stepsOf(schema), last + 1);
    assert.deepEqual(
      await sql(`SELECT id, sequence::int, mood FROM ${schema}.rows ORDER BY sequence`),
      storedRows({ isNew: true }).map(({ id, sequence }) => [id, sequence, 'calm']),
    );
    await assert.rejects(
      open(schema),
      new RegExp(`schema of version ${last + 1}, .* up to ${last}`),
    );
  });

  it('is as it was when a step fails, also of the steps before that one', async () => {
    const schema = await writeLog(last);
    const asItWas = await describeSchema(schema);

    await assert.rejects(bring(schema, [addMood, fail]), /no_such_column/);

    assert.deepEqual(await describeSchema(schema), asItWas);
    const capture = await open(schema);
    assert.deepEqual(await readEveryRow(capture, 'digits'), storedRows({ isNew: true }));
    await capture.close();
  });
}
