import { formatCount, formatShare } from '../format.js';
import { ProblemNote } from '../parts/problem-note.js';
import { ProgressBar } from '../parts/progress-bar.js';
import { RouteKey } from '../parts/route-key.js';
import { namedRoutes, routeNames } from '../words.js';
import { useReplay } from './use-replay.js';

/** Sends the task's samples as traffic, and counts who answered. */
export function ReplayBar({ task }: { readonly task: string }) {
  const { progress, isRunning, failure, rowsPerSecond, start, stop } = useReplay(task);
  const { position, total, tally, right, laps } = progress;
  const rows = routeNames.reduce((sum, route) => sum + tally[route], 0);
  const isLapDone = total !== null && position >= total;
  return (
    <div class="replay">
      <div class="replay-row">
        <button
          type="button"
          class={`button ${isRunning ? '' : 'is-primary'} replay-button`}
          onClick={isRunning ? stop : start}
        >
          {isRunning ? 'Stop' : startWords(position, isLapDone)}
        </button>
        <div class="replay-progress">
          <ProgressBar share={total === null ? 0 : position / total} label="Sample traffic sent" />
          <p class="caption" role="status">
            {total === null
              ? 'Real inputs, one a request, as clients would send them.'
              : `${formatCount(position)} of ${formatCount(total)} sent`}
            {isRunning && total !== null && `, ${formatCount(rowsPerSecond)} a second`}
            {(laps > 0 || isLapDone) && '. Repeats of an input teach nothing new.'}
          </p>
        </div>
      </div>
      <ul class="tally" aria-label="Answers by route" data-testid="tally">
        {namedRoutes(tally).map((route) => (
          <li key={route} data-route={route}>
            <RouteKey route={route} />
            <b>{formatCount(tally[route])}</b>
            <span class="caption">
              {rows === 0 ? '\u2013' : formatShare(tally[route] / rows, 0)}
            </span>
          </li>
        ))}
        <li title="Answers equal to the true label that comes with each sample">
          <span>right</span>
          <b>{formatCount(right)}</b>
          <span class="caption">{rows === 0 ? '\u2013' : formatShare(right / rows)}</span>
        </li>
      </ul>
      {failure !== null && <ProblemNote failure={failure} />}
    </div>
  );
}

function startWords(position: number, isLapDone: boolean): string {
  if (position === 0) return 'Replay sample traffic';
  return isLapDone ? 'Replay it again' : 'Go on replaying';
}
