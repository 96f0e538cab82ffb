import { Worker } from 'node:worker_threads';

/** A worker thread that answers calls, each by its id. Its other side is `serveThread`. */
export interface Thread<Argument, Result> {
  /**
   * @param transfer  Buffers to give away with the argument.
   * @throws          what `errors` make of it, when the call failed or the thread has ended.
   */
  call(argument: Argument, transfer?: readonly ArrayBuffer[]): Promise<Result>;
  /** Why it takes no more calls; undefined while it does. */
  readonly failure: Error | undefined;
  /** Resolves when the thread is gone, whatever ended it. */
  readonly ended: Promise<void>;
  /** Ends after the calls made before. Idempotent; also when the thread has ended by itself. */
  close(): Promise<void>;
}

/**
 * A thread that may be ended in the midst of its calls. None of models or of SQLite is one:
 * onnxruntime-node 1.30 and libsql 0.5 abort the whole process when that happens to theirs.
 */
export interface EndableThread<Argument, Result> extends Thread<Argument, Result> {
  /** Ends it now; its calls fail with `why`. */
  giveUp(why: Error): void;
}

/** The caller's words for each way in which a thread fails. */
export interface ThreadErrors {
  readonly refused: (message: string) => Error;
  readonly failed: (message: string) => Error;
  readonly ended: (cause?: Error) => Error;
}
export interface ThreadOptions {
  /** The compiled file that calls `serveThread`, and its `workerData`. */
  readonly url: URL;
  readonly data: unknown;
  readonly errors: ThreadErrors;
}

export type ThreadRequest<Argument> =
  { readonly id: number; readonly argument: Argument } | 'close';
export type ThreadReply<Result> =
  | { readonly kind: 'ready' }
  | { readonly kind: 'refused'; readonly message: string }
  | { readonly kind: 'result'; readonly id: number; readonly result: Result }
  | { readonly kind: 'failed'; readonly id: number; readonly message: string };

interface Waiting<Result> {
  readonly resolve: (result: Result) => void;
  readonly reject: (error: Error) => void;
}

/**
 * Starts a thread, and waits until it is ready for calls.
 *
 * @throws  what `errors.refused` makes of it, when the thread can not do its work.
 */
export async function openThread<Argument, Result>(
  options: ThreadOptions,
): Promise<EndableThread<Argument, Result>> {
  const { url, data, errors } = options;
  const worker = new Worker(url, { workerData: data });
  const waiting = new Map<number, Waiting<Result>>();
  let nextId = 0;
  let closing: Promise<void> | undefined;
  let failure: Error | undefined;

  const failAll = (cause?: Error): void => {
    failure ??= errors.ended(cause);
    for (const { reject } of waiting.values()) reject(failure);
    waiting.clear();
  };
  const ended = new Promise<void>((resolve) => worker.once('exit', () => resolve()));
  worker.on('error', failAll);
  worker.on('exit', () => failAll());
  await ready(worker, errors);
  worker.on('message', (reply: ThreadReply<Result>) => settle(waiting, reply, errors));

  return {
    call(argument, transfer = []) {
      if (failure !== undefined) return Promise.reject(failure);
      return new Promise((resolve, reject) => {
        const id = nextId++;
        waiting.set(id, { resolve, reject });
        const request: ThreadRequest<Argument> = { id, argument };
        worker.postMessage(request, transfer);
      });
    },
    get failure() {
      return failure;
    },
    ended,
    close() {
      if (closing === undefined) worker.postMessage('close');
      return (closing ??= ended);
    },
    giveUp(why) {
      failure ??= why;
      failAll();
      closing ??= ended;
      void worker.terminate();
    },
  };
}

/** The first event decides, as it happens: a refusal and the end of its thread come together. */
async function ready(worker: Worker, errors: ThreadErrors): Promise<void> {
  const first = await new Promise<ThreadReply<unknown>>((resolve) => {
    const refuse = (message: string): void => resolve({ kind: 'refused', message });
    worker.once('message', resolve);
    worker.once('error', (error: Error) => refuse(error.message));
    worker.once('exit', () => refuse('The thread ended at its start.'));
  });
  if (first.kind !== 'refused') return;
  await worker.terminate();
  throw errors.refused(first.message);
}

function settle<Result>(
  waiting: Map<number, Waiting<Result>>,
  reply: ThreadReply<Result>,
  errors: ThreadErrors,
): void {
  if (reply.kind === 'ready' || reply.kind === 'refused') return;
  const entry = waiting.get(reply.id);
  waiting.delete(reply.id);
  if (reply.kind === 'result') entry?.resolve(reply.result);
  else entry?.reject(errors.failed(reply.message));
}
