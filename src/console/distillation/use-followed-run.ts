import { useEffect, useState } from 'preact/hooks';
import type { RunJson } from '../../http/api-types.js';
import { openRunEvents } from '../api.js';
import { eventsIn } from './events-in.js';

/**
 * Follows the newest run of a task, whoever started it: its own events while they flow, and what
 * polling says when they do not.
 *
 * @param known  runs as far as they are known, in any order.
 */
export function useFollowedRun(
  task: string,
  known: readonly RunJson[],
  onEnd: () => void,
): RunJson | null {
  const [live, setLive] = useState<RunJson | null>(null);
  const newest = known.reduce<RunJson | null>(newerOf, null);
  const isLive =
    newest?.state === 'running' && live?.id === newest.id && live.share >= newest.share;
  const shown = isLive ? live : newest;
  const followedId = shown?.state === 'running' ? shown.id : null;

  useEffect(() => {
    if (followedId === null) return;
    const stop = new AbortController();
    async function follow(run: string): Promise<void> {
      for await (const data of eventsIn(await openRunEvents(task, run, stop.signal))) {
        const told = JSON.parse(data) as RunJson;
        setLive(told);
        if (told.state !== 'running') onEnd();
      }
    }
    follow(followedId).catch(() => {}); // Cut off, or not allowed: what is polled goes on.
    return () => stop.abort();
  }, [task, followedId, onEnd]);
  return shown;
}

/** Of two tellings of the same run the one that has ended is newer. */
function newerOf(one: RunJson | null, other: RunJson): RunJson {
  if (one === null || other.startedAtMs > one.startedAtMs) return other;
  return other.id === one.id && one.state === 'running' ? other : one;
}
