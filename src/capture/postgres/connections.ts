import { DatabaseError, types as defaultTypes, Pool, type PoolClient } from 'pg';
import { CaptureFailedError } from '../../errors.js';
import type { Cell } from '../row-codec.js';
import { createSlots } from './slots.js';

/** A statement of SQL; one with a name is prepared once on each connection. */
export interface Statement {
  readonly name?: string;
  readonly text: string;
}

export interface Answer {
  readonly rows: readonly (readonly Cell[])[];
  /** Rows that it has written. */
  readonly written: number;
}

/** Sends a statement. Those of one transaction may be sent without waiting for each other. */
export type Send = (statement: Statement, values?: readonly unknown[]) => Promise<Answer>;

export interface Connections {
  /** Runs one statement beside all others. @throws {CaptureFailedError} */
  readonly read: Send;
  /** Runs one statement after those of other writers of this process. @throws as above. */
  readonly write: Send;
  /**
   * Runs statements in one transaction, which is taken back when one of them fails.
   *
   * @param work  sends them, and gives what comes of them.
   * @throws      as above, or what `work` throws.
   */
  readonly transact: <T>(work: (send: Send) => Promise<T>) => Promise<T>;
  /**
   * Sends the statements of a transaction and its commit in one go, and resolves when they are
   * committed: it takes the time of one.
   *
   * @param begin  is sent first.
   */
  readonly commit: (begin: Statement, statements: readonly Sent[]) => Promise<void>;
  readonly close: () => Promise<void>;
}

export interface Sent {
  readonly statement: Statement;
  readonly values: readonly unknown[];
}

/** Reads at a time; more wait. */
const readersMax = 4;
const connectTimeoutMs = 5_000;
/** A server that says nothing for this long is lost, ms. */
const writeTimeoutMs = 30_000;
const readTimeoutMs = 120_000;

type TypeId = Parameters<typeof defaultTypes.getTypeParser>[0];

const parseBytea = defaultTypes.getTypeParser(defaultTypes.builtins.BYTEA) as unknown as (
  text: string,
) => Buffer;

/** Numbers are numbers, and blobs are what SQLite gives. */
const types = {
  getTypeParser: (oid: TypeId, format?: 'text' | 'binary'): unknown =>
    parsers[oid] ?? defaultTypes.getTypeParser(oid, format),
};
const parsers: Readonly<Record<number, (text: string) => Cell>> = {
  [defaultTypes.builtins.INT8]: Number,
  [defaultTypes.builtins.BYTEA](text) {
    const bytes = parseBytea(text); // Also of a server that is set to the old format.
    return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  },
};

/**
 * Makes the pools of a log: one connection writes, others read beside it. They are made when they
 * are needed, and anew after they were lost.
 *
 * @param url  of the database, with user and password.
 * @param log  how people are told of it: without them.
 */
export function createConnections({
  url,
  log,
}: {
  readonly url: string;
  readonly log: string;
}): Connections {
  const common = {
    ...{ connectionString: url, application_name: 'understudy', keepAlive: true, types },
    connectionTimeoutMillis: connectTimeoutMs,
  };
  const writers = new Pool({ ...common, max: 1, pipeline: true, query_timeout: writeTimeoutMs });
  const readers = new Pool({ ...common, max: readersMax, query_timeout: readTimeoutMs });
  for (const pool of [writers, readers]) {
    // One that was lost while nobody used it: the next use makes another.
    pool.on('error', () => {});
    // While it is used the pool does not listen; what it was at fails, and that is heard.
    pool.on('connect', (client) => client.on('error', () => {}));
  }
  const failed = (cause: unknown): Error => failureOf(cause, log);

  // Before a pool: what waits there for another call is given up like a server that is away.
  const slots = new Map([
    [writers, createSlots(1)],
    [readers, createSlots(readersMax)],
  ]);

  const use = <T>(pool: Pool, work: (send: Send) => Promise<T>): Promise<T> =>
    slots.get(pool)!.through(() => useClient(pool, work));

  async function useClient<T>(pool: Pool, work: (send: Send) => Promise<T>): Promise<T> {
    const client = await pool.connect().catch((cause: unknown) => {
      throw failed(cause);
    });
    let isLost = false;
    const send = sendTo(client, (cause) => {
      isLost ||= !isOfServer(cause);
      return failed(cause);
    });
    try {
      return await work(send);
    } finally {
      client.release(isLost);
    }
  }

  return {
    read: (statement, values) => use(readers, (send) => send(statement, values)),
    write: (statement, values) => use(writers, (send) => send(statement, values)),
    transact: (work) =>
      use(writers, async (send) => {
        await send({ text: 'BEGIN' });
        try {
          const result = await work(send);
          await send({ text: 'COMMIT' });
          return result;
        } catch (error) {
          await send({ text: 'ROLLBACK' }).catch(() => {}); // The connection is lost, then.
          throw error;
        }
      }),
    commit: (begin, statements) => use(writers, (send) => sendAll(send, begin, statements)),
    async close() {
      await Promise.all([writers.end(), readers.end()]);
    },
  };
}

async function sendAll(send: Send, begin: Statement, statements: readonly Sent[]): Promise<void> {
  const outcomes = await Promise.allSettled([
    send({ text: 'BEGIN' }),
    send(begin),
    ...statements.map(({ statement, values }) => send(statement, values)),
    send({ text: 'COMMIT' }), // After a failure it takes everything back.
  ]);
  for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason;
}

const sendTo =
  (client: PoolClient, failed: (cause: unknown) => Error): Send =>
  async ({ name, text }, values = []) => {
    const query = { text, values: [...values], rowMode: 'array' as const };
    try {
      const { rows, rowCount } = await client.query<Cell[]>(
        name === undefined ? query : { ...query, name },
      );
      return { rows, written: rowCount ?? 0 };
    } catch (cause) {
      throw failed(cause);
    }
  };

/** The server itself has refused a statement; the connection is as good as before. */
const isOfServer = (cause: unknown): boolean =>
  cause instanceof DatabaseError && cause.severity !== 'FATAL';

/** Class of its SQLSTATE: what a statement's own values have caused. */
const statementClasses = ['22', '23', '54', 'P0'];

/** Tells whether it was the values of a statement that the server refused, not the statement. */
export const isOfValues = (error: unknown): boolean =>
  error instanceof CaptureFailedError && statementClasses.includes(codeOf(error.cause).slice(0, 2));

/** The SQLSTATE, or Node's code of a failed connection; empty where there is none. */
export const codeOf = (cause: unknown): string =>
  cause instanceof Error && 'code' in cause && typeof cause.code === 'string' ? cause.code : '';

function failureOf(cause: unknown, log: string): CaptureFailedError {
  const code = codeOf(cause);
  const why = messageOf(cause) + (code === '' ? '' : ` (${code})`);
  return new CaptureFailedError(`The capture log ${log} failed: ${why}`, { log }, { cause });
}

/** Of several addresses that were tried, the message of the first. */
function messageOf(cause: unknown): string {
  const [first] = cause instanceof AggregateError ? (cause.errors as unknown[]) : [cause];
  return first instanceof Error ? first.message : String(first);
}
