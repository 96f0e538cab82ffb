import type { AnswerJson, RouteName } from '../http/api-types.js';

/** What some requests came to. */
export interface TrafficTally {
  readonly requests: number;
  readonly rowsByRoute: Readonly<Record<RouteName, number>>;
  readonly costUsd: number;
  /** Rows that the policy has decided about. */
  readonly decidedRows: number;
  /** Rows that the student has answered because it was sure. */
  readonly sureRows: number;
  /** The student's in rows among them, the first ones of those that it was asked about. */
  readonly confidences: readonly number[];
}

/** Of one tally: it is sent from process to process. */
const confidencesMax = 100;

export const routeNames: readonly RouteName[] = ['student', 'teacher', 'cache', 'degraded'];

export const noRows = (): Record<RouteName, number> => ({
  student: 0,
  teacher: 0,
  cache: 0,
  degraded: 0,
});

/** Counts one request's answers. */
export function tallyOf(answers: readonly AnswerJson[]): TrafficTally {
  const rowsByRoute = noRows();
  let costUsd = 0;
  let decidedRows = 0;
  let sureRows = 0;
  const confidences: number[] = [];
  for (const { route, reason, confidence, costUsd: rowUsd } of answers) {
    rowsByRoute[route]++;
    costUsd += rowUsd;
    if (reason === 'confident') sureRows++;
    if (route === 'cache' || reason === 'requested') continue;
    decidedRows++;
    if (confidence !== null && confidences.length < confidencesMax) confidences.push(confidence);
  }
  return { requests: 1, rowsByRoute, costUsd, decidedRows, sureRows, confidences };
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
    decidedRows: one.decidedRows + other.decidedRows,
    sureRows: one.sureRows + other.sureRows,
    confidences: added(one.confidences, other.confidences),
  };
}

/** What is over the limit is not copied: a busy worker adds thousands of tallies a second. */
const added = (one: readonly number[], other: readonly number[]): readonly number[] =>
  one.length >= confidencesMax ? one : [...one, ...other].slice(0, confidencesMax);
