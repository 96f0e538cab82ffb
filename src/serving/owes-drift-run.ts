import type { DriftAlarmJson, RunJson } from '../http/api-types.js';

/**
 * Whether an alarm still waits for its run: since it was raised, none has come to a verdict on a
 * candidate. So it is found again by a process that starts.
 */
export const owesDriftRun = (alarm: DriftAlarmJson | null, runs: readonly RunJson[]): boolean =>
  alarm !== null &&
  !runs.some(
    ({ state, startedAtMs }) =>
      startedAtMs >= alarm.sinceMs && (state === 'promoted' || state === 'rejected'),
  );
