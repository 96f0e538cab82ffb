import { useEffect, useState } from 'preact/hooks';
import type { RunJson } from '../../http/api-types.js';
import { runEventsUrl } from '../api.js';

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
    const source = new EventSource(runEventsUrl(task, followedId));
    const take = ({ data }: MessageEvent): void => setLive(JSON.parse(data as string) as RunJson);
    source.addEventListener('progress', take);
    source.addEventListener('end', (event) => {
      take(event);
      source.close(); // It would connect again.
      onEnd();
    });
    return () => source.close();
  }, [task, followedId, onEnd]);
  return shown;
}

/** Of two tellings of the same run the one that has ended is newer. */
function newerOf(one: RunJson | null, other: RunJson): RunJson {
  if (one === null || other.startedAtMs > one.startedAtMs) return other;
  return other.id === one.id && one.state === 'running' ? other : one;
}
