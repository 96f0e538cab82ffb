import { CaptureFailedError } from '../errors.js';
import { keepOpen, type KeptThread } from '../threads/keep-open.js';
import type { Capture, CapturedRow, RowFilter, StoredRow } from './capture.js';
import { createCommitQueue, type QueueLimits } from './commit-queue.js';
import { packRows, unpackRows, type PackedRows } from './packed-rows.js';
import { decodeRow, encodeRow } from './row-codec.js';
import type { SqliteChecks } from './sqlite-checks.js';
import type { SqliteFeedback } from './sqlite-feedback.js';
import type { PageFilter } from './sqlite-log.js';
import { openSqliteThread, type SqliteThread } from './sqlite-thread.js';
import type { WorkerOptions } from './sqlite-worker.js';

export interface SqliteCaptureOptions {
  /** The database file; it and its directory are made when absent. */
  readonly path: string;
  /** ms since the epoch: leases expire by it. */
  readonly now: () => number;
  readonly limits?: Partial<QueueLimits>;
  /** Starts the two threads; another one than the default is for tests. */
  readonly startThread?: typeof openSqliteThread;
}

/** Rows of 784 floats: 10 000 take 35 MB and half a second to commit; 1000 keep a commit short. */
const defaultLimits: QueueLimits = {
  queueRowsMax: 10_000,
  queueBytesMax: 268_435_456,
  groupRowsMax: 1000,
};

/**
 * Opens the capture log in an SQLite file. One thread writes; a second one, started by the first
 * read, reads beside it, so neither the event loop nor a commit ever waits for a long read. A
 * thread that dies fails the calls in flight, and the next call opens it again. Several processes
 * may have the same file open.
 *
 * @throws {InvalidConfigError} when the file can not be opened, or is from a newer gateway.
 */
export async function openSqliteCapture(options: SqliteCaptureOptions): Promise<Capture> {
  const { path, now, startThread = openSqliteThread } = options;
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
  const queue = createCommitQueue(
    (calls) => {
      const buffers = calls.map(({ bytes }) => bytes.buffer);
      return writer.use((thread) => thread.call('append', calls, buffers));
    },
    { ...defaultLimits, ...options.limits },
  );
  let closing: Promise<void> | undefined;
  const running = new Set<Promise<unknown>>();

  /** Runs a call unless the log is closed; closing waits for it. */
  async function whenOpen<T>(work: () => Promise<T>): Promise<T> {
    if (closing !== undefined) throw closed();
    const call = work();
    running.add(call);
    try {
      return await call;
    } finally {
      running.delete(call);
    }
  }
  const read = (source: PageFilter['source'], filter: RowFilter): Promise<readonly StoredRow[]> =>
    whenOpen(() => reader.use((thread) => readRows(thread, source, filter)));

  async function drainAndClose(): Promise<void> {
    await Promise.allSettled(running);
    await writer.close();
    await reader.close();
  }

  return {
    append: (rows) =>
      whenOpen(async () => {
        if (rows.length > 0) await queue.add(packRows(encodeRows(rows)));
      }),
    readTraining: (filter) => read('training', filter),
    readHoldout: (filter) => read('holdout', filter),
    count: (task) => whenOpen(() => reader.use((thread) => thread.call('count', task))),
    readClients: (task, afterMs) =>
      whenOpen(() => reader.use((thread) => thread.call('readClients', { task, afterMs }))),
    ...checksOf(whenOpen, reader, writer),
    ...feedbackOf(whenOpen, reader, writer),
    ...rowsOf(whenOpen, { reader, writer, now }),
    acquireLease: (name, owner, ttlMs) =>
      whenOpen(() =>
        writer.use((thread) => thread.call('acquireLease', { name, owner, ttlMs, nowMs: now() })),
      ),
    releaseLease: (name, owner) =>
      whenOpen(() => writer.use((thread) => thread.call('releaseLease', { name, owner }))),
    close: () => (closing ??= drainAndClose()),
  };
}

/** What the log knows of the teacher's agreement with itself. */
function checksOf(
  whenOpen: <T>(work: () => Promise<T>) => Promise<T>,
  reader: KeptThread<SqliteThread>,
  writer: KeptThread<SqliteThread>,
): Pick<Capture, keyof SqliteChecks> {
  const read = <T>(work: (thread: SqliteThread) => Promise<T>): Promise<T> =>
    whenOpen(() => reader.use(work));
  return {
    async findUnchecked(filter, position) {
      const page = await read((thread) => thread.call('findUnchecked', { ...filter, position }));
      const [cells] = unpackRows(page);
      return cells === undefined ? null : decodeRow(cells);
    },
    appendCheck: (check) =>
      whenOpen(() => writer.use((thread) => thread.call('appendCheck', check))),
    readChecks: (filter) => read((thread) => thread.call('readChecks', filter)),
    holdoutDigests: async (task) => new Set(await read((t) => t.call('holdoutDigests', task))),
  };
}

/** What people say of answers. */
function feedbackOf(
  whenOpen: <T>(work: () => Promise<T>) => Promise<T>,
  reader: KeptThread<SqliteThread>,
  writer: KeptThread<SqliteThread>,
): Pick<Capture, keyof SqliteFeedback> {
  const read = async (
    work: (thread: SqliteThread) => Promise<PackedRows>,
  ): Promise<readonly StoredRow[]> =>
    unpackRows(await whenOpen(() => reader.use(work))).map(decodeRow);
  return {
    findRow: async (task, id) =>
      (await read((thread) => thread.call('findRow', { task, id })))[0] ?? null,
    appendFeedback: (feedback) =>
      whenOpen(() => writer.use((thread) => thread.call('appendFeedback', feedback))),
    readReview: (filter) => read((thread) => thread.call('readReview', filter)),
    readReviewed: (filter) => read((thread) => thread.call('readReviewed', filter)),
  };
}

/** The log as a whole. */
function rowsOf(
  whenOpen: <T>(work: () => Promise<T>) => Promise<T>,
  {
    reader,
    writer,
    now,
  }: {
    readonly reader: KeptThread<SqliteThread>;
    readonly writer: KeptThread<SqliteThread>;
    readonly now: () => number;
  },
): Pick<Capture, 'readPage' | 'browse' | 'addNew' | 'eraseSubject' | 'eraseBefore'> {
  const read = <T>(work: (thread: SqliteThread) => Promise<T>): Promise<T> =>
    whenOpen(() => reader.use(work));
  const write = <T>(work: (thread: SqliteThread) => Promise<T>): Promise<T> =>
    whenOpen(() => writer.use(work));
  return {
    async readPage(range) {
      const page = await read((thread) => thread.call('readPageUp', range));
      return unpackRows(page).map(decodeRow);
    },
    async browse(filter) {
      const page = await read((thread) => thread.call('browse', filter));
      return { rows: unpackRows(page).map(decodeRow), nextBefore: page.nextBefore };
    },
    addNew: async (rows) => {
      const packed = packRows(encodeRows(rows));
      return write((thread) => thread.call('addNew', packed, [packed.bytes.buffer]));
    },
    eraseSubject: (task, subject) =>
      write((thread) => thread.call('eraseSubject', { task, subject, nowMs: now() })),
    eraseBefore: (task, beforeMs, rowsMax) =>
      write((thread) => thread.call('eraseBefore', { task, beforeMs, rowsMax, nowMs: now() })),
  };
}

/** Copied at once: the caller may use its arrays again before the commit. */
function encodeRows(rows: readonly CapturedRow[]) {
  try {
    return rows.map(encodeRow);
  } catch (cause) {
    throw new CaptureFailedError((cause as Error).message, {}, { cause });
  }
}

/** A page is decoded on the event loop in about 1 ms: the size that keeps it so. */
const pageBytesMax = 1_048_576;
const firstPageRows = 1; // Tells how large a row is.
const pageRowsMax = 512;

/**
 * Reads page by page: each is a short transaction of its own, so no read holds back the log's
 * checkpoints, and the event loop runs in between. Rows appended meanwhile are newer than the first
 * page, so they are not among these.
 */
async function readRows(
  reader: SqliteThread,
  source: PageFilter['source'],
  { task, teacherVersion, rowsMax, createdAfterMs }: RowFilter,
): Promise<readonly StoredRow[]> {
  const rows: StoredRow[] = [];
  let beforeSequence = Number.MAX_SAFE_INTEGER;
  let pageRows = firstPageRows;
  while (rows.length < rowsMax) {
    const range = { createdAfterMs, beforeSequence };
    const limit = Math.min(pageRows, rowsMax - rows.length);
    const filter = { source, task, teacherVersion, ...range, rowsMax: limit };
    const page = await reader.call('readPage', filter);
    for (const cells of unpackRows(page)) rows.push(decodeRow(cells));
    if (page.cells.length < limit) break;
    beforeSequence = rows.at(-1)!.sequence;
    const rowBytes = Math.max(1, page.bytes.byteLength / page.cells.length);
    pageRows = Math.min(pageRowsMax, Math.max(1, Math.floor(pageBytesMax / rowBytes)));
  }
  return rows;
}
