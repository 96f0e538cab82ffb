import type { TimelineEventJson } from '../../http/api-types-timeline.js';
import { formatAgo, formatMoment } from '../format.js';
import { Panel } from '../parts/panel.js';
import { titleOf, toneOf } from './event-kinds.js';

interface Props {
  /** Newest first. */
  readonly events: readonly TimelineEventJson[];
  readonly nowMs: number;
}

/** What happened to the task, newest first. */
export function EventsPanel({ events, nowMs }: Props) {
  return (
    <Panel title="What happened" class="events-panel" hint="newest first">
      {events.length === 0 ? (
        <p class="caption">
          Promotions, certificates won and lost, and runs appear here as they happen.
        </p>
      ) : (
        // Scrolls, so it must be reachable by keyboard.
        <ol class="events" tabIndex={0} aria-label="Events, newest first">
          {events.map(({ atMs, kind, text }) => (
            <li key={`${atMs} ${kind}`} class={`is-${toneOf(kind)}`}>
              <b>{titleOf(kind)}</b>
              <time title={formatMoment(atMs)}>{formatAgo(atMs, nowMs)}</time>
              <span>{text}</span>
            </li>
          ))}
        </ol>
      )}
    </Panel>
  );
}
