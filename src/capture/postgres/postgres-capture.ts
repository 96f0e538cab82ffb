import { CaptureFailedError, InvalidConfigError } from '../../errors.js';
import type { Capture } from '../capture.js';
import { createCommitQueue, defaultLimits, type QueueLimits } from '../commit-queue.js';
import { plainInputs, requireKeys, type InputCipher } from '../input-cipher.js';
import { createOpenGate, gated } from '../open-gate.js';
import { packRows } from '../packed-rows.js';
import { createRowCodec } from '../row-codec.js';
import { appendCalls, createInserts } from './append-rows.js';
import { checksOf } from './checks.js';
import { createConnections } from './connections.js';
import { countsOf } from './counts.js';
import { parseDatabaseUrl } from './database-url.js';
import { erasingOf } from './erasing.js';
import { feedbackOf } from './feedback.js';
import { leasesOf } from './leases.js';
import { newestRowsOf } from './newest-rows.js';
import type { PostgresParts } from './postgres-parts.js';
import { refusalOf } from './refusal.js';
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
  const { commit, close, ...connections } = createConnections({ url, log });
  const gate = createOpenGate(
    () => new CaptureFailedError(`The capture log ${log} is closed.`),
    close,
  );
  const codec = createRowCodec(cipher);
  const parts: PostgresParts = {
    ...{ schema, codec, inserts: createInserts(schema), now },
    ...connections,
  };
  try {
    await migrate(parts, log);
    await requireDrawKey(parts, { keySha256: options.drawKeySha256, log });
    await requireKeys(nextKeyIdOf(parts), { cipher, log });
  } catch (error) {
    await gate.close();
    throw refusalOf(error);
  }
  const queue = createCommitQueue((calls) => appendCalls(calls, parts, commit), {
    ...defaultLimits,
    ...options.limits,
  });
  const calls: Omit<Capture, 'close'> = {
    async append(rows) {
      if (rows.length > 0) await queue.add(packRows(rows.map(codec.encode)));
    },
    ...newestRowsOf(parts),
    ...countsOf(parts),
    ...checksOf(parts),
    ...feedbackOf(parts),
    ...rowsOf(parts),
    ...erasingOf(parts),
    ...leasesOf(parts),
  };
  return { ...gated(gate, { ...calls }), close: () => gate.close() };
}

async function requireDrawKey(
  { schema, write, read }: PostgresParts,
  { keySha256, log }: { readonly keySha256: string; readonly log: string },
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

/** The next key id after one, along an index: nothing is counted. */
const nextKeyIdOf =
  ({ schema, read }: PostgresParts) =>
  async (after: string): Promise<string | null> => {
    const text = `SELECT min(input_key) FROM ${schema}.rows WHERE input_key > $1`;
    const { rows } = await read({ text }, [after]);
    return rows[0]![0] as string | null;
  };

/** Tries whether a database answers. @throws {InvalidConfigError} when it does not. */
export async function checkPostgres(databaseUrl: string): Promise<void> {
  const { url, log } = parseDatabaseUrl(databaseUrl);
  const connections = createConnections({ url, log });
  try {
    await connections.read({ text: 'SELECT 1' });
  } catch (error) {
    throw refusalOf(error);
  } finally {
    await connections.close();
  }
}
