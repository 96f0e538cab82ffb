/** Tells how long the present turn of the event loop has been taking in requests. */
export interface TurnClock {
  /** ms since the first request of this turn; 0 for the first one. */
  ageMs(): number;
}

/**
 * A turn reads whatever all connections have sent. While it does nothing is answered, so what is
 * read late in a long turn has waited for long, and will wait for all that came before it.
 */
export function createTurnClock(): TurnClock {
  let startMs: number | null = null;
  const end = (): void => void (startMs = null);
  return {
    ageMs() {
      const nowMs = performance.now();
      if (startMs === null) {
        startMs = nowMs;
        setImmediate(end); // Comes when everything that was ready has been read.
      }
      return nowMs - startMs;
    },
  };
}
