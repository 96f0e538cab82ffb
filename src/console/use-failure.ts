import { createContext } from 'preact';
import { useContext, useEffect, useState } from 'preact/hooks';
import type { Failure } from './failure.js';

/** When the gateway last answered what the whole page polls, ms since the epoch; 0: never. */
export const AnsweredAt = createContext(0);

interface Failed {
  readonly failure: Failure;
  readonly atMs: number;
}

/**
 * Why the last thing that was asked for failed, until it is set to null. That the gateway did not
 * answer is forgotten as soon as it answers again: the page must not say both.
 */
export function useFailure(): readonly [Failure | null, (failure: Failure | null) => void] {
  const [failed, setFailed] = useState<Failed | null>(null);
  const answeredAtMs = useContext(AnsweredAt);
  const isOver = failed?.failure.kind === 'unreachable' && answeredAtMs > failed.atMs;
  useEffect(() => {
    if (isOver) setFailed(null);
  }, [isOver]);

  const setFailure = (failure: Failure | null): void =>
    setFailed(failure === null ? null : { failure, atMs: Date.now() });
  return [isOver ? null : (failed?.failure ?? null), setFailure];
}
