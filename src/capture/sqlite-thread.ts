import { CaptureFailedError, InvalidConfigError } from '../errors.js';
import { openThread, type Thread, type ThreadErrors } from '../threads/thread.js';
import type { SqliteLog } from './sqlite-log.js';
import type { WorkerCall, WorkerOptions } from './sqlite-worker.js';

type Method = WorkerCall['method'];

/** One SQLite connection in a thread of its own. */
export interface SqliteThread extends Omit<Thread<never, unknown>, 'call'> {
  /**
   * Calls a method of the thread's `SqliteLog`.
   *
   * @param transfer  Buffers to give away with the argument.
   * @throws {CaptureFailedError} when it failed, or when the thread has ended.
   */
  call<M extends Method>(
    method: M,
    argument: Parameters<SqliteLog[M]>[0],
    transfer?: readonly ArrayBuffer[],
  ): Promise<ReturnType<SqliteLog[M]>>;
}

/**
 * Starts a thread and opens the capture log in it. A round trip costs about 0.03 ms.
 *
 * @throws {InvalidConfigError} when the file can not be opened: names it and what to change.
 */
export async function openSqliteThread(options: WorkerOptions): Promise<SqliteThread> {
  const url = new URL('./sqlite-worker.js', import.meta.url);
  const errors = errorsOf(options);
  const thread = await openThread<WorkerCall, unknown>({ url, data: options, errors });
  return {
    call: (method, argument, transfer) =>
      thread.call({ method, argument }, transfer) as Promise<never>,
    get failure() {
      return thread.failure;
    },
    ended: thread.ended,
    close: () => thread.close(),
  };
}

const errorsOf = ({ path, access }: WorkerOptions): ThreadErrors => ({
  refused: (message) =>
    new InvalidConfigError(`The capture log ${path} can not be opened: ${message}`, { path }),
  failed: (message) => new CaptureFailedError(`The capture log failed: ${message}`),
  ended: (cause) => {
    const does = access === 'write' ? 'writes' : 'reads';
    const why = cause === undefined ? '' : ` (${cause.message})`;
    const message = `The thread that ${does} the capture log ${path} has ended${why}.`;
    return new CaptureFailedError(message, { path }, cause === undefined ? {} : { cause });
  },
});
