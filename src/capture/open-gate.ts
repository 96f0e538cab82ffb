/** Lets calls through while something is open. */
export interface OpenGate {
  /** @throws what `closed` makes, once it closes. */
  through<T>(work: () => Promise<T>): Promise<T>;
  /** Refuses calls from now on, waits for those that run, then ends it. Idempotent. */
  close(): Promise<void>;
}

/**
 * @param closed  what calls are told that come too late.
 * @param end     ends what the calls work on.
 */
export function createOpenGate(closed: () => Error, end: () => Promise<void>): OpenGate {
  const running = new Set<Promise<unknown>>();
  let closing: Promise<void> | undefined;

  async function drain(): Promise<void> {
    await Promise.allSettled(running);
    await end();
  }

  return {
    async through(work) {
      if (closing !== undefined) throw closed();
      const call = work();
      running.add(call);
      try {
        return await call;
      } finally {
        running.delete(call);
      }
    },
    close: () => (closing ??= drain()),
  };
}

type Calls = Readonly<Record<string, (...args: never[]) => Promise<unknown>>>;

/** Puts a gate before calls. */
export function gated<C extends Calls>(gate: OpenGate, calls: C): C {
  const through = Object.entries(calls).map(([name, call]) => [
    name,
    (...args: never[]) => gate.through(() => call(...args)),
  ]);
  return Object.fromEntries(through) as C;
}
