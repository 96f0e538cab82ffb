import type { TaskJson } from '../../http/api-types.js';
import { formatAgo, formatMoment } from '../format.js';

interface Props {
  readonly alarm: NonNullable<TaskJson['driftAlarm']>;
  readonly nowMs: number;
}

/** An alarm that is on: since when, what was seen, and what ends it. */
export function DriftAlarm({ alarm: { sinceMs, why }, nowMs }: Props) {
  return (
    <p class="drift-alarm" role="status" data-testid="drift-alarm">
      <b>Drift alarm</b> since {formatMoment(sinceMs)} ({formatAgo(sinceMs, nowMs)}): {why} It ends
      when a threshold is certified again.
    </p>
  );
}
