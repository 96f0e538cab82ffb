import type { AnswerJson, RouteName } from '../http/api-types.js';

/** What some requests came to. */
export interface TrafficTally {
  readonly requests: number;
  readonly rowsByRoute: Readonly<Record<RouteName, number>>;
  readonly costUsd: number;
  /** Rows that the student could not answer. */
  readonly failedRows: number;
  /** Rows that the policy has decided about. */
  readonly decidedRows: number;
  /** Rows that the student has answered because it was sure, by the second of their decision. */
  readonly sureRows: readonly SureRows[];
  /** The student's in rows among them, the first ones of those that it was asked about. */
  readonly confidences: readonly number[];
}

/** [start of the second, ms since the epoch; rows]. */
export type SureRows = readonly [secondMs: number, rows: number];

/** Of one tally: it is sent from process to process. */
const confidencesMax = 100;

export const routeNames: readonly RouteName[] = ['student', 'teacher', 'cache', 'degraded'];

export const noRows = (): Record<RouteName, number> => ({
  student: 0,
  teacher: 0,
  cache: 0,
  degraded: 0,
});

/** The second that a moment lies in, ms since the epoch. */
export const secondOf = (ms: number): number => Math.floor(ms / 1000) * 1000;

/**
 * Sure rows of one request, by the second in which the student had answered: what then waited for
 * the teacher is known by that moment too (`CapturedRow.createdMs`).
 */
function sureRowsOf(answers: readonly AnswerJson[], nowMs: number): readonly SureRows[] {
  let rows = 0;
  for (const { reason } of answers) if (reason === 'confident') rows++;
  if (rows === 0) return [];
  const waited = answers.find(({ latencyMs }) => latencyMs.teacher !== undefined)?.latencyMs;
  const waitedMs = (waited?.teacher ?? 0) + (waited?.capture ?? 0);
  return [[secondOf(nowMs - waitedMs), rows]];
}

/** Counts one request's answers, just given. */
export function tallyOf(answers: readonly AnswerJson[], nowMs: number): TrafficTally {
  const rowsByRoute = noRows();
  let costUsd = 0;
  let decidedRows = 0;
  let failedRows = 0;
  const confidences: number[] = [];
  for (const { route, reason, confidence, costUsd: rowUsd } of answers) {
    rowsByRoute[route]++;
    costUsd += rowUsd;
    if (reason === 'student-failed') failedRows++;
    if (route === 'cache' || reason === 'requested') continue;
    decidedRows++;
    if (confidence !== null && confidences.length < confidencesMax) confidences.push(confidence);
  }
  const sureRows = sureRowsOf(answers, nowMs);
  return { requests: 1, rowsByRoute, costUsd, failedRows, decidedRows, sureRows, confidences };
}

/** Puts two tallies together. */
export function addTallies(one: TrafficTally, other: TrafficTally): TrafficTally {
  const rowsByRoute = noRows();
  for (const route of routeNames)
    rowsByRoute[route] = one.rowsByRoute[route] + other.rowsByRoute[route];
  return {
    requests: one.requests + other.requests,
    rowsByRoute,
    costUsd: one.costUsd + other.costUsd,
    failedRows: one.failedRows + other.failedRows,
    decidedRows: one.decidedRows + other.decidedRows,
    sureRows: addSureRows(one.sureRows, other.sureRows),
    confidences: added(one.confidences, other.confidences),
  };
}

/** What is over the limit is not copied: a busy worker adds thousands of tallies a second. */
const added = (one: readonly number[], other: readonly number[]): readonly number[] =>
  one.length >= confidencesMax ? one : [...one, ...other].slice(0, confidencesMax);

/** A tally speaks of few seconds. */
function addSureRows(one: readonly SureRows[], other: readonly SureRows[]): readonly SureRows[] {
  const bySecond = new Map(one);
  for (const [second, rows] of other) bySecond.set(second, (bySecond.get(second) ?? 0) + rows);
  return [...bySecond];
}
