import { nextAttemptAtRows } from '../routing/spend-delta.js';
import { rowsForAttempt } from './attempt-rows.js';
import { fitPromise, type PromiseQuestion } from './fit-promise.js';
import type { Certified, GuaranteeState, Target } from './guarantee-memory.js';

export interface RefitQuestion extends Omit<PromiseQuestion, 'held' | 'target'> {
  readonly target: Target;
  /** What holds until now was certified by rows that count no more: any threshold replaces it. */
  readonly isStale: boolean;
  readonly nowMs: number;
}

export interface Refit {
  readonly state: GuaranteeState;
  /** Null where no better threshold passed. */
  readonly won: Certified | null;
  /** Why none passed, a sentence; null where one did. */
  readonly why: string | null;
}

/**
 * Fits anew from all evidence, and says what is known then. Each attempt has its own share of
 * delta, so every threshold that passed holds together with the others: the lowest is in force.
 */
export function refit(before: GuaranteeState, question: RefitQuestion): Refit {
  const { target, attempt, isStale, nowMs } = question;
  const held = isStale ? [] : (before.labels ?? []);
  const { overall: fit, labels } = fitPromise({ ...question, held });
  const rowsForNext = rowsForAttempt(target, attempt + 1);
  const nextFitAtRows = Math.max(nextAttemptAtRows(before.rowsSeen), rowsForNext);
  const state = { ...before, nextFitAtRows, ...(labels.length > 0 && { labels }) };
  if (fit.kind === 'not-certified') return { state, won: null, why: fit.why };
  const thresholdToBeat = isStale ? Infinity : (before.certified?.threshold ?? Infinity);
  if (fit.threshold >= thresholdToBeat) return { state, won: null, why: null };
  const won: Certified = { ...fit, fittedAtMs: nowMs };
  return { state: { ...state, certified: won }, won, why: null };
}
