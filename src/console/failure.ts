import type { ProblemJson } from '../http/api-types.js';

/** The gateway said no, and why. */
export class ProblemError extends Error {
  constructor(readonly problem: ProblemJson) {
    super(problem.detail);
  }
}

/** No answer at all: stopped, restarting, or the network is away. */
export class UnreachableError extends Error {
  constructor(cause: unknown) {
    super('The gateway does not answer.', { cause });
  }
}

/** A failure as the page shows it. */
export interface Failure {
  readonly kind: 'problem' | 'unreachable';
  readonly title: string;
  readonly detail: string;
  /** What to change, as far as the gateway says: `field`, `expected`, `got`. */
  readonly details: readonly (readonly [name: string, value: string])[];
  readonly code: string | null;
  readonly isRetryable: boolean;
}

/** @param isRetried  whoever asked asks again by itself. */
export function failureOf(error: unknown, { isRetried = false } = {}): Failure {
  if (error instanceof ProblemError) {
    const { title, detail, details = {}, code, retryable } = error.problem;
    const named = Object.entries(details).map(([name, value]) => [name, String(value)] as const);
    return { kind: 'problem', title, detail, details: named, code, isRetryable: retryable };
  }
  if (error instanceof UnreachableError) {
    return {
      kind: 'unreachable',
      title: 'The gateway does not answer',
      detail: `It may be stopped or starting. ${isRetried ? goesOn : askAgain}`,
      details: [],
      code: null,
      isRetryable: true,
    };
  }
  const detail = error instanceof Error ? error.message : String(error);
  const title = 'This page met an error';
  return { kind: 'problem', title, detail, details: [], code: null, isRetryable: false };
}

const goesOn = 'This page goes on trying by itself.';
const askAgain = 'Try again when it answers.';
