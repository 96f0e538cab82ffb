import type { Thread } from './thread.js';

/** A thread that is opened for the first use, and again for the next use after it has died. */
export interface KeptThread<T> {
  /**
   * Calls a thread that is alive: at once when there is one, else when it is open.
   *
   * @throws  what `refused` makes of it, when the thread can not be opened.
   */
  use<Result>(work: (thread: T) => Promise<Result>): Promise<Result>;
  /** Ends after the uses made before, those that wait for the thread included. Idempotent. */
  close(): Promise<void>;
}

/** What must be known of a thread to keep it open. */
export type Keepable = Pick<Thread<never, unknown>, 'failure' | 'ended' | 'close'>;

export interface KeepOptions<T extends Keepable> {
  readonly open: () => Promise<T>;
  /** A thread that is open already; without one, the first use opens it. */
  readonly first?: T;
  /** What a use is told when the thread can not be opened, and when it is closed for good. */
  readonly refused: (cause: Error) => Error;
  readonly closed: () => Error;
  /** ms, never set back; only differences matter. */
  readonly nowMs?: () => number;
}

/**
 * The least time between two attempts to open a thread again, ms. Opening takes a core for up to a
 * second (a large model): a thread that dies of each call must not take the event loop's core.
 */
export const reopenAfterMs = 1000;

/** Keeps a thread open, whatever ends it. Uses that come while it is being opened share that. */
export function keepOpen<T extends Keepable>(options: KeepOptions<T>): KeptThread<T> {
  const { open, refused, closed, nowMs = () => performance.now() } = options;
  let thread = options.first;
  let opening: Promise<T> | undefined;
  let openingFailure: Error | undefined;
  let notBeforeMs = -Infinity;
  let closing: Promise<void> | undefined;
  const running = new Set<Promise<unknown>>();

  async function reopen(): Promise<T> {
    const failure = openingFailure ?? thread?.failure;
    if (failure !== undefined) {
      if (nowMs() < notBeforeMs) throw failure;
      notBeforeMs = nowMs() + reopenAfterMs;
    }
    // What the dead thread held (a lock on a file, the model's memory) is free once it is gone.
    await thread?.ended;
    try {
      thread = await open();
      openingFailure = undefined;
      return thread;
    } catch (cause) {
      notBeforeMs = nowMs() + reopenAfterMs;
      throw (openingFailure = refused(cause as Error));
    }
  }
  function opened(): Promise<T> {
    opening ??= reopen().finally(() => (opening = undefined));
    return opening;
  }
  async function drainAndClose(): Promise<void> {
    await Promise.allSettled(running);
    await thread?.close();
  }

  return {
    use(work) {
      if (closing !== undefined) return Promise.reject(closed());
      const isAlive = thread !== undefined && thread.failure === undefined;
      const call = isAlive ? work(thread!) : opened().then(work);
      running.add(call);
      const forget = (): void => void running.delete(call);
      call.then(forget, forget);
      return call;
    },
    close: () => (closing ??= drainAndClose()),
  };
}
