import { parentPort } from 'node:worker_threads';
import type { ThreadReply, ThreadRequest } from './thread.js';

export interface ServedAnswer<Result> {
  readonly result: Result;
  /** Buffers to give away with the result. */
  readonly transfer?: readonly ArrayBuffer[];
}

/** What a thread does with the calls that reach it. */
export interface Served<Argument, Result> {
  answer(argument: Argument): ServedAnswer<Result> | Promise<ServedAnswer<Result>>;
  close(): void | Promise<void>;
}

/** Answers the calls of an `openThread` until it is closed. To be called in the thread itself. */
export async function serveThread<Argument, Result>(
  open: () => Served<Argument, Result> | Promise<Served<Argument, Result>>,
): Promise<void> {
  const port = parentPort;
  if (port === null) throw new Error('This file must be started as a worker thread.');
  const reply = (message: ThreadReply<Result>, transfer: readonly ArrayBuffer[] = []): void =>
    port.postMessage(message, transfer);
  const answering = new Set<Promise<void>>();

  let served: Served<Argument, Result>;
  try {
    served = await open();
  } catch (error) {
    reply({ kind: 'refused', message: messageOf(error) });
    return;
  }

  async function answer(id: number, argument: Argument): Promise<void> {
    try {
      const { result, transfer } = await served.answer(argument);
      reply({ kind: 'result', id, result }, transfer);
    } catch (error) {
      reply({ kind: 'failed', id, message: messageOf(error) });
    }
  }
  async function close(): Promise<void> {
    await served.close();
    await Promise.all(answering); // Their last replies leave before the port closes.
    port!.close();
  }
  port.on('message', (request: ThreadRequest<Argument>) => {
    if (request === 'close') return void close();
    const { id, argument } = request;
    const answered = answer(id, argument).finally(() => answering.delete(answered));
    answering.add(answered);
  });
  reply({ kind: 'ready' });
}

const messageOf = (error: unknown): string =>
  error instanceof Error ? error.message : String(error);
