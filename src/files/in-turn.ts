export interface Turns {
  /** Runs `work` when all that was asked for before is done, however that ended. */
  readonly inTurn: <T>(work: () => Promise<T>) => Promise<T>;
  /** Resolves when everything that was asked for is done. */
  readonly settle: () => Promise<void>;
}

/** Makes changes that must not overlap come one after the other. */
export function createTurns(): Turns {
  let tail: Promise<unknown> = Promise.resolve();
  return {
    inTurn(work) {
      const done = tail.then(work);
      tail = done.catch(() => {}); // Its caller hears of a failure; the next one goes on.
      return done;
    },
    settle: async () => void (await tail),
  };
}
