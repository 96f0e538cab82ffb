import { CaptureFailedError, InvalidConfigError } from '../../errors.js';
import { clientsMax, noTeacherVersion, type Capture, type RowFilter } from '../capture.js';
import { createCommitQueue, defaultLimits, type QueueLimits } from '../commit-queue.js';
import { plainInputs, requireKeys, type InputCipher } from '../input-cipher.js';
import { createOpenGate, gated } from '../open-gate.js';
import { packRows } from '../packed-rows.js';
import { readNewest, type PageSource } from '../read-newest.js';
import { createRowCodec, storedColumns, type Cell } from '../row-codec.js';
import { appendCalls } from './append-rows.js';
import { checksOf } from './checks.js';
import { createConnections, type Send } from './connections.js';
import { feedbackOf } from './feedback.js';
import { parseDatabaseUrl } from './database-url.js';
import type { PostgresParts } from './postgres-parts.js';
import { rowsOf } from './rows.js';
import { migrate } from './schema.js';

export interface PostgresCaptureOptions {
  /**
   * `postgresql://user:password@host:port/database`, with `?schema=` where the tables are not to
   * lie in the schema `understudy`. Both are made when they are not there; the database is not.
   */
  readonly url: string;
  /** SHA-256 (hex) of the secret that holdout rows are drawn by: all writers must share it. */
  readonly drawKeySha256: string;
  /** ms since the epoch: leases expire by it. */
  readonly now: () => number;
  /** Encrypts inputs in the database; absent: they lie there as they came. */
  readonly cipher?: InputCipher;
  readonly limits?: Partial<QueueLimits>;
}

/**
 * Opens the capture log in a PostgreSQL database (12 or newer). Calls that fail because the server
 * was away are made again by nobody: the next ones connect anew. Several processes may have the
 * same log open.
 *
 * @throws {InvalidConfigError} when it can not be opened, is of a newer gateway, or was drawn by
 *         another secret.
 */
export async function openPostgresCapture(options: PostgresCaptureOptions): Promise<Capture> {
  const { now, cipher = plainInputs } = options;
  const { url, schema, log } = parseDatabaseUrl(options.url);
  const connections = createConnections(url, log);
  const gate = createOpenGate(
    () => new CaptureFailedError(`The capture log ${log} is closed.`),
    () => connections.close(),
  );
  const codec = createRowCodec(cipher);
  const parts: PostgresParts = { ...{ schema, codec, now }, ...connections };
  try {
    await migrate(connections, schema, log);
    await requireDrawKey(parts, options.drawKeySha256, log);
    requireKeys(await inputKeysOf(parts), cipher, log);
  } catch (error) {
    await gate.close();
    throw error instanceof CaptureFailedError ? refusal(error) : error;
  }
  const queue = createCommitQueue((calls) => appendCalls(connections, schema, calls), {
    ...defaultLimits,
    ...options.limits,
  });
  const readRows = createReadRows(parts);
  const calls: Omit<Capture, 'close'> = {
    async append(rows) {
      if (rows.length > 0) await queue.add(packRows(rows.map(codec.encode)));
    },
    readTraining: (filter) => readRows('training', filter),
    readHoldout: (filter) => readRows('holdout', filter),
    ...countsOf(parts),
    ...checksOf(parts),
    ...feedbackOf(parts),
    ...rowsOf(parts),
    ...leasesOf(parts),
  };
  return { ...gated(gate, { ...calls }), close: () => gate.close() };
}

const refusal = (cause: CaptureFailedError): InvalidConfigError =>
  new InvalidConfigError(
    `${cause.message}. Start the server, or correct DATABASE_URL; without it the log is a file ` +
      'in the data directory.',
    {},
    { cause },
  );

async function requireDrawKey(
  { schema, write, read }: PostgresParts,
  keySha256: string,
  log: string,
): Promise<void> {
  const text = `INSERT INTO ${schema}.draw (key_sha256) VALUES ($1) ON CONFLICT DO NOTHING`;
  await write({ text }, [keySha256]);
  const { rows } = await read({ text: `SELECT key_sha256 FROM ${schema}.draw` });
  if (rows[0]![0] === keySha256) return;
  throw new InvalidConfigError(
    `The rows of the capture log ${log} were drawn by another holdout.key than that of this data ` +
      'directory: by this one, inputs that were trained on could become holdout rows. Copy the ' +
      'holdout.key of the gateway that made it, or give this gateway another database.',
    { log },
  );
}

/** From one key to the next along an index: nothing is counted. */
async function inputKeysOf({ schema, read }: PostgresParts): Promise<readonly string[]> {
  const found: string[] = [];
  for (let last: Cell = ''; ; found.push(last)) {
    const text = `SELECT min(input_key) FROM ${schema}.rows WHERE input_key > $1`;
    const { rows } = await read({ text }, [last]);
    last = rows[0]![0] as string | null;
    if (last === null) return found;
  }
}

function createReadRows({ schema, codec, ...connections }: PostgresParts) {
  const cells = storedColumns.join();
  const newestOf = (rows: string, teacher: string): string =>
    `SELECT ${cells} FROM ${schema}.${rows} AND task = $1 AND teacher_version = ${teacher}
       AND created_ms > $3 AND sequence < $4
     ORDER BY sequence DESC LIMIT $5`;
  // Each part goes along an index.
  const training = 'training_rows WHERE true';
  const held = `labelled_rows WHERE is_holdout = 1 AND input_kept IN ('full', 'redacted')`;
  const pages = {
    training: {
      name: 'training',
      text: `SELECT * FROM (
          (${newestOf(training, '$2')}) UNION ALL (${newestOf(training, `'${noTeacherVersion}'`)})
        ) AS rows ORDER BY sequence DESC LIMIT $5`,
    },
    holdout: { name: 'holdout', text: newestOf(held, '$2') },
  };
  const read: Send = connections.read;
  return (source: PageSource, filter: RowFilter) =>
    readNewest(
      { ...filter, source },
      async ({ task, teacherVersion, createdAfterMs, beforeSequence, rowsMax }) => {
        const values = [task, teacherVersion, createdAfterMs, beforeSequence, rowsMax];
        const { rows } = await read(pages[source], values);
        return { rows, bytes: blobBytesOf(rows) };
      },
      codec.decode,
    );
}

function blobBytesOf(rows: readonly (readonly Cell[])[]): number {
  let bytes = 0;
  for (const row of rows)
    for (const cell of row) if (cell instanceof Uint8Array) bytes += cell.byteLength;
  return bytes;
}

function countsOf({ schema, read }: PostgresParts): Pick<Capture, 'count' | 'readClients'> {
  const counts = {
    text: `SELECT count(*), count(*) FILTER (WHERE is_holdout = 1),
             count(*) FILTER (WHERE is_trainable = 1)
           FROM ${schema}.rows WHERE task = $1`,
  };
  const clients = {
    text: `SELECT client, min(created_ms), count(*) FILTER (WHERE created_ms > $1),
             count(*) FILTER (WHERE created_ms > $1 AND is_holdout = 1)
           FROM ${schema}.rows WHERE task = $2
           GROUP BY client ORDER BY 3 DESC, client LIMIT ${clientsMax}`,
  };
  return {
    async count(task) {
      const [rows, holdoutRows, trainableRows] = (await read(counts, [task])).rows[0] as [
        number,
        number,
        number,
      ];
      return { rows, holdoutRows, trainableRows };
    },
    async readClients(task, afterMs) {
      const found = (await read(clients, [afterMs, task])).rows;
      return (found as [string | null, number, number, number][]).map(
        ([client, firstMs, rows, holdoutRows]) => ({ client, firstMs, rows, holdoutRows }),
      );
    },
  };
}

function leasesOf({
  schema,
  write,
  now,
}: PostgresParts): Pick<Capture, 'acquireLease' | 'releaseLease'> {
  // One statement is one transaction: of two processes only one finds the lease free.
  const acquire = {
    text: `INSERT INTO ${schema}.leases (name, owner, expires_ms) VALUES ($1, $2, $3)
           ON CONFLICT (name) DO UPDATE SET owner = excluded.owner, expires_ms = excluded.expires_ms
           WHERE leases.owner = excluded.owner OR leases.expires_ms <= $4`,
  };
  const release = { text: `DELETE FROM ${schema}.leases WHERE name = $1 AND owner = $2` };
  return {
    async acquireLease(name, owner, ttlMs) {
      const nowMs = now();
      return (await write(acquire, [name, owner, nowMs + ttlMs, nowMs])).written === 1;
    },
    async releaseLease(name, owner) {
      await write(release, [name, owner]);
    },
  };
}

/** Tries whether a database answers. @throws {InvalidConfigError} when it does not. */
export async function checkPostgres(databaseUrl: string): Promise<void> {
  const { url, log } = parseDatabaseUrl(databaseUrl);
  const connections = createConnections(url, log);
  try {
    await connections.read({ text: 'SELECT 1' });
  } catch (error) {
    throw error instanceof CaptureFailedError ? refusal(error) : error;
  } finally {
    await connections.close();
  }
}
