import { setTimeout as sleep } from 'node:timers/promises';
import { CaptureFailedError } from '../errors.js';
import { keepOpen, type KeptThread } from '../threads/keep-open.js';
import type { Capture, RowFilter, StoredRow } from './capture.js';
import { createCommitQueue, defaultLimits, type QueueLimits } from './commit-queue.js';
import { heldOutDigests } from './held-out-digests.js';
import { plainInputs, requireKeys, type InputCipher } from './input-cipher.js';
import { createOpenGate, gated } from './open-gate.js';
import { packRows, unpackRows, type PackedRows } from './packed-rows.js';
import { readNewest, type PageSource } from './read-newest.js';
import { createRowCodec, type RowCodec } from './row-codec.js';
import type { SqliteFeedback } from './sqlite-feedback.js';
import { openSqliteThread, type SqliteThread } from './sqlite-thread.js';
import type { WorkerOptions } from './sqlite-worker.js';

export interface SqliteCaptureOptions {
  /** The database file; it and its directory are made when absent. */
  readonly path: string;
  /** ms since the epoch: leases expire by it. */
  readonly now: () => number;
  /** Encrypts inputs in the file; absent: they lie there as they came. */
  readonly cipher?: InputCipher;
  readonly limits?: Partial<QueueLimits>;
  /** Starts the two threads; another one than the default is for tests. */
  readonly startThread?: typeof openSqliteThread;
}

/**
 * Opens the capture log in an SQLite file. One thread writes; a second one, started by the first
 * read, reads beside it, so neither the event loop nor a commit ever waits for a long read. A
 * thread that dies fails the calls in flight, and the next call opens it again. Several processes
 * may have the same file open.
 *
 * @throws {InvalidConfigError} when the file can not be opened, or is from a newer gateway.
 */
export async function openSqliteCapture(options: SqliteCaptureOptions): Promise<Capture> {
  const { path, now, cipher = plainInputs, startThread = openSqliteThread } = options;
  const closed = (): CaptureFailedError =>
    new CaptureFailedError(`The capture log ${path} is closed.`);
  const kept = (access: WorkerOptions['access'], first?: SqliteThread): KeptThread<SqliteThread> =>
    keepOpen({
      open: () => startThread({ path, access }),
      ...(first === undefined ? {} : { first }),
      refused: (cause) => new CaptureFailedError(cause.message, { path }, { cause }),
      closed,
    });
  const writer = kept('write', await startThread({ path, access: 'write' }));
  const reader = kept('read');
  const codec = createRowCodec(cipher);
  const queue = createCommitQueue(
    (calls) => {
      const buffers = calls.map(({ bytes }) => bytes.buffer);
      return writer.use((thread) => thread.call('append', calls, buffers));
    },
    { ...defaultLimits, ...options.limits },
  );
  const gate = createOpenGate(closed, async () => {
    await writer.close();
    await reader.close();
  });
  const parts: Parts = {
    ...{ codec, now },
    read: (work) => reader.use(work),
    write: (work) => writer.use(work),
  };
  const { read, write } = parts;
  try {
    const nextKeyId = (after: string) => write((thread) => thread.call('nextKeyId', after));
    await requireKeys(nextKeyId, { cipher, log: path });
  } catch (error) {
    await gate.close();
    throw error;
  }

  const calls: Omit<Capture, 'close'> = {
    async append(rows) {
      if (rows.length > 0) await queue.add(packRows(rows.map(codec.encode)));
    },
    readTraining: (filter) => readRows(parts, 'training', filter),
    readHoldout: (filter) => readRows(parts, 'holdout', filter),
    count: (task) => read((thread) => thread.call('count', task)),
    readClients: (task, afterMs) => read((thread) => thread.call('readClients', { task, afterMs })),
    ...checksOf(parts),
    ...feedbackOf(parts),
    ...rowsOf(parts),
    ...erasingOf(parts),
    acquireLease: (name, owner, ttlMs) =>
      write((thread) => thread.call('acquireLease', { name, owner, ttlMs, nowMs: now() })),
    releaseLease: (name, owner) => write((thread) => thread.call('releaseLease', { name, owner })),
  };
  return { ...gated(gate, { ...calls }), close: () => gate.close() };
}

type Use = <T>(work: (thread: SqliteThread) => Promise<T>) => Promise<T>;
interface Parts {
  readonly codec: RowCodec;
  readonly now: () => number;
  readonly read: Use;
  readonly write: Use;
}

/** What the log knows of the teacher's agreement with itself. */
function checksOf({
  codec,
  read,
  write,
}: Parts): Pick<Capture, 'findUnchecked' | 'appendCheck' | 'readChecks' | 'holdoutDigests'> {
  return {
    async findUnchecked(filter, position) {
      const page = await read((thread) => thread.call('findUnchecked', { ...filter, position }));
      const [cells] = unpackRows(page);
      return cells === undefined ? null : codec.decode(cells);
    },
    appendCheck: (check) => write((thread) => thread.call('appendCheck', check)),
    readChecks: (filter) => read((thread) => thread.call('readChecks', filter)),
    holdoutDigests: (task) =>
      heldOutDigests(
        async (range) =>
          unpackRows(await read((thread) => thread.call('readHeldOut', { task, ...range }))),
        codec,
      ),
  };
}

/** What people say of answers. */
function feedbackOf({ codec, read, write }: Parts): Pick<Capture, keyof SqliteFeedback> {
  const readRows = async (
    work: (thread: SqliteThread) => Promise<PackedRows>,
  ): Promise<readonly StoredRow[]> => unpackRows(await read(work)).map(codec.decode);
  return {
    findRow: async (task, id) =>
      (await readRows((thread) => thread.call('findRow', { task, id })))[0] ?? null,
    appendFeedback: (feedback) => write((thread) => thread.call('appendFeedback', feedback)),
    readReview: (filter) => readRows((thread) => thread.call('readReview', filter)),
    readReviewed: (filter) => readRows((thread) => thread.call('readReviewed', filter)),
  };
}

/** The log as a whole. */
function rowsOf({ codec, read, write }: Parts): Pick<Capture, 'readPage' | 'browse' | 'addNew'> {
  return {
    async readPage(range) {
      const page = await read((thread) => thread.call('readPageUp', range));
      return unpackRows(page).map(codec.decode);
    },
    async browse(filter) {
      const page = await read((thread) => thread.call('browse', filter));
      return { rows: unpackRows(page).map(codec.decode), nextBefore: page.nextBefore };
    },
    async addNew(rows) {
      const packed = packRows(rows.map(codec.encode));
      return write((thread) => thread.call('addNew', packed, [packed.bytes.buffer]));
    },
  };
}

type Erasing = 'subjectIds' | 'eraseSubject' | 'eraseIds' | 'eraseBefore' | 'clearOldPages';

/** Waits between trials to empty the WAL: who reads a page of the log is done by then, ms. */
const walPausesMs = [50, 200, 1000, 3000];

/** What goes. */
function erasingOf({ now, read, write }: Parts): Pick<Capture, Erasing> {
  return {
    subjectIds: (task, subject) => read((thread) => thread.call('subjectIds', { task, subject })),
    eraseSubject: (task, subject, rowsMax) =>
      write((thread) => thread.call('eraseSubject', { task, subject, rowsMax, nowMs: now() })),
    eraseIds: (task, ids) =>
      write((thread) => thread.call('eraseIds', { task, ids, nowMs: now() })),
    eraseBefore: (task, beforeMs, rowsMax) =>
      write((thread) => thread.call('eraseBefore', { task, beforeMs, rowsMax, nowMs: now() })),
    async clearOldPages() {
      for (const pauseMs of [0, ...walPausesMs]) {
        await sleep(pauseMs);
        if (await write((thread) => thread.call('emptyWal', {}))) return 'gone';
      }
      return 'in-use';
    },
  };
}

const readRows = (
  { codec, read }: Parts,
  source: PageSource,
  filter: RowFilter,
): Promise<readonly StoredRow[]> =>
  read((reader) =>
    readNewest(
      { ...filter, source },
      async (page) => {
        const packed = await reader.call('readPage', page);
        return { rows: unpackRows(packed), bytes: packed.bytes.byteLength };
      },
      codec.decode,
    ),
  );
