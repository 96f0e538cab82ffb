import type { TaskJson } from '../../http/api-types.js';
import { formatAgo, formatMoment, formatShare } from '../format.js';

/** Inputs that have changed: since when, what has become frequent, and what is done about it. */
export function InputDrift({
  drift: { sinceMs, why, thresholdMin },
  nowMs,
}: {
  readonly drift: NonNullable<TaskJson['inputDrift']>;
  readonly nowMs: number;
}) {
  return (
    <p class="drift-alarm of-inputs" role="status" data-testid="input-drift">
      <b>Inputs have changed</b> since {formatMoment(sinceMs)} ({formatAgo(sinceMs, nowMs)}):
      {` ${why} ${
        thresholdMin === null
          ? 'The teacher answers'
          : `The student answers from a confidence of ${formatShare(thresholdMin)}`
      } until a threshold is certified on such traffic.`}
    </p>
  );
}

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
