import { workerData } from 'node:worker_threads';
import { serveThread } from '../threads/serve-thread.js';
import { openSqliteLog, type SqliteLog } from './sqlite-log.js';

/** The thread behind `openSqliteThread`: one connection, one call at a time, as they come. */
export interface WorkerOptions {
  readonly path: string;
  readonly access: 'write' | 'read';
}
export interface WorkerCall {
  readonly method: Exclude<keyof SqliteLog, 'close'>;
  readonly argument: unknown;
}

await serveThread<WorkerCall, unknown>(() => {
  const { path, access } = workerData as WorkerOptions;
  const log = openSqliteLog(path, access);
  return {
    answer({ method, argument }) {
      const result = log[method](argument as never);
      const isPage = typeof result === 'object' && result !== null && 'bytes' in result;
      return { result, transfer: isPage ? [result.bytes.buffer] : [] };
    },
    close: () => log.close(),
  };
});
