import type { AnswerJson, RouteName } from '../http/api-types.js';

/** What some requests came to. */
export interface TrafficTally {
  readonly requests: number;
  readonly rowsByRoute: Readonly<Record<RouteName, number>>;
  readonly costUsd: number;
}

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
  for (const answer of answers) {
    rowsByRoute[answer.route]++;
    costUsd += answer.costUsd;
  }
  return { requests: 1, rowsByRoute, costUsd };
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
  };
}
