import type { RunJson } from '../http/api-types.js';

/** What a command that shows a run ends with: scripts tell its ends apart by it. */
export const exitCodeOfRun: Readonly<Record<RunJson['state'], number>> = {
  promoted: 0,
  /** As any command that fails. */
  failed: 1,
  rejected: 2,
  /** There was nothing to do. */
  skipped: 3,
  /** More rows change nothing. */
  untrainable: 4,
  /** Nobody has seen its end. */
  running: 1,
};

export const exitCodesHelp = `
Ends with:
  ${exitCodeOfRun.promoted}  promoted: the new student serves
  ${exitCodeOfRun.failed}  the run failed, or could not start
  ${exitCodeOfRun.rejected}  rejected: a gate, or the check of the teacher, stands against it
  ${exitCodeOfRun.skipped}  nothing to do: too few rows, or none that the student has not learnt
  ${exitCodeOfRun.untrainable}  no run can train as things are: its reasons say what to change`;
