import { parentPort, workerData } from 'node:worker_threads';
import { openSqliteLog, type SqliteLog } from './sqlite-log.js';

/** The thread behind `openSqliteThread`: one connection, one call at a time, as they come. */
export interface WorkerOptions {
  readonly path: string;
  readonly access: 'write' | 'read';
}
export interface WorkerRequest {
  readonly id: number;
  readonly method: Exclude<keyof SqliteLog, 'close'>;
  readonly argument: unknown;
}
export type WorkerReply =
  | { readonly kind: 'ready' }
  | { readonly kind: 'refused'; readonly message: string }
  | { readonly kind: 'result'; readonly id: number; readonly result: unknown }
  | { readonly kind: 'failed'; readonly id: number; readonly message: string };

const port = parentPort;
if (port === null) throw new Error('sqlite-worker.js must be started as a worker thread.');
const reply = (message: WorkerReply, transfer: ArrayBuffer[] = []): void =>
  port.postMessage(message, transfer);
const messageOf = (error: unknown): string =>
  error instanceof Error ? error.message : String(error);

function open(): SqliteLog | null {
  const { path, access } = workerData as WorkerOptions;
  try {
    return openSqliteLog(path, access);
  } catch (error) {
    reply({ kind: 'refused', message: messageOf(error) });
    return null;
  }
}

function answer(log: SqliteLog, { id, method, argument }: WorkerRequest): void {
  try {
    const result = log[method](argument as never);
    const isPage = typeof result === 'object' && 'bytes' in result;
    reply({ kind: 'result', id, result }, isPage ? [result.bytes.buffer] : []);
  } catch (error) {
    reply({ kind: 'failed', id, message: messageOf(error) });
  }
}

const log = open();
if (log !== null) {
  port.on('message', (request: WorkerRequest | 'close') => {
    if (request !== 'close') {
      answer(log, request);
      return;
    }
    log.close();
    port.close();
  });
  reply({ kind: 'ready' });
}
