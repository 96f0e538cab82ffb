import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import { failureOf, type Failure } from './failure.js';

export interface Polled<T> {
  /** The newest value; stays when a later load fails. Null before the first. */
  readonly value: T | null;
  /** Why the newest load failed; null when it did not. */
  readonly failure: Failure | null;
  /** Loads at once, for after a change. */
  readonly refresh: () => void;
}

/**
 * Loads again and again, one at a time, and rests while the tab is hidden.
 *
 * @param load        must keep its identity between renders; a new one starts over.
 * @param intervalMs  from the end of a load to the start of the next.
 */
export function usePolled<T>(
  load: (signal: AbortSignal) => Promise<T>,
  intervalMs: number,
): Polled<T> {
  const [state, setState] = useState<{ value: T | null; failure: Failure | null }>(nothing);
  const stepNow = useRef<() => void>(() => {});

  useEffect(() => {
    const stop = new AbortController();
    let timer = 0;
    let newest = 0;

    async function step(): Promise<void> {
      window.clearTimeout(timer);
      const turn = ++newest;
      try {
        const value = await load(stop.signal);
        if (turn === newest && !stop.signal.aborted) setState({ value, failure: null });
      } catch (error) {
        if (turn === newest && !stop.signal.aborted)
          setState(({ value }) => ({ value, failure: failureOf(error, { isRetried: true }) }));
      }
      if (turn === newest && !stop.signal.aborted && !document.hidden)
        timer = window.setTimeout(() => void step(), intervalMs);
    }
    const onVisibility = (): void => {
      if (document.hidden) window.clearTimeout(timer);
      else void step();
    };
    stepNow.current = () => void step();
    document.addEventListener('visibilitychange', onVisibility);
    void step();
    return () => {
      stop.abort();
      window.clearTimeout(timer);
      document.removeEventListener('visibilitychange', onVisibility);
    };
  }, [load, intervalMs]);

  const refresh = useCallback(() => stepNow.current(), []);
  return { ...state, refresh };
}

const nothing = { value: null, failure: null };
