import type { WorkerHandle } from './worker-handle.js';

/**
 * A worker that has not loaded a student in this time, ms, or done anything else, hangs. A student
 * loads in seconds, and what waits for it - a promotion, or its own start - must end some day.
 */
const answerMsMax = 120_000;

/** Waits for an answer of a worker; one that gives none is ended, and the call with it. */
export function inTime<T>(
  { kill }: Pick<WorkerHandle, 'kill'>,
  answer: Promise<T>,
  msMax = answerMsMax,
): Promise<T> {
  const late = setTimeout(kill, msMax);
  return answer.finally(() => clearTimeout(late));
}
