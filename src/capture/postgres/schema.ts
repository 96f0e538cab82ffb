import { InvalidConfigError } from '../../errors.js';
import { applicationId } from '../schema-steps.js';
import type { Send, Statement } from './connections.js';
import type { PostgresParts } from './postgres-parts.js';
import { migrations } from './schema-steps.js';

/** The lock of whoever writes to a log, held to the end of a transaction. */
const lockOf = (schema: string): string =>
  `pg_advisory_xact_lock(${applicationId}, hashtext('${schema}'))`;

/** Whoever holds the lock and says nothing has gone; whoever waits for it gives up, ms. */
const idleMsMax = 10_000;
const lockMsMax = 20_000;

/**
 * What a transaction that writes rows begins with. Sequences grow in the order of commits,
 * whichever process commits; and a commit is on disk, also where the server's setting would not
 * wait for it.
 */
export const beginOf = (schema: string): Statement => ({
  name: 'begin',
  text: `SELECT CASE current_setting('synchronous_commit') WHEN 'off'
           THEN set_config('synchronous_commit', 'on', true) END,
         set_config('idle_in_transaction_session_timeout', '${idleMsMax}', true),
         set_config('lock_timeout', '${lockMsMax}', true), ${lockOf(schema)}`,
});

/**
 * Brings a database to the newest schema, in one transaction: two processes that open it at once
 * both find it complete.
 *
 * @param log    how people are told of it.
 * @param steps  of all versions, from an empty database on.
 * @throws {InvalidConfigError} when it is of a newer gateway, or can not be made.
 */
export async function migrate(
  { schema, transact }: Pick<PostgresParts, 'schema' | 'transact'>,
  log: string,
  steps = migrations,
): Promise<void> {
  await transact(async (send) => {
    await send({ text: `SELECT ${lockOf(schema)}` });
    const version = await versionOf(send, schema);
    if (version > steps.length)
      throw new InvalidConfigError(
        `The capture log ${log} has a schema of version ${version}, this gateway knows versions ` +
          `up to ${steps.length}. Run the newer gateway again, or give this one another ` +
          'database.',
        { version },
      );
    if (version === steps.length) return;
    if (version === 0) await create(send, schema);
    for (const step of steps.slice(version)) await send({ text: step(schema) });
    await send({ text: `UPDATE ${schema}.schema_version SET steps = ${steps.length}` });
  });
}

/** @returns 0 where there is none. */
async function versionOf(send: Send, schema: string): Promise<number> {
  const table = await send({ text: `SELECT to_regclass('${schema}.schema_version')::text` });
  if (table.rows[0]![0] === null) return 0;
  const found = await send({ text: `SELECT steps FROM ${schema}.schema_version` });
  return found.rows[0]![0] as number;
}

async function create(send: Send, schema: string): Promise<void> {
  const known = await send({ text: `SELECT to_regnamespace('${schema}')::text` });
  // Who may not create schemas can be given an empty one.
  if (known.rows[0]![0] === null) await send({ text: `CREATE SCHEMA ${schema}` });
  await send({
    text: `CREATE TABLE ${schema}.schema_version (steps INTEGER NOT NULL);
           INSERT INTO ${schema}.schema_version VALUES (0)`,
  });
}
