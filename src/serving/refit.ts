import { nextAttemptAtRows } from '../routing/spend-delta.js';
import { rowsForAttempt } from './attempt-rows.js';
import { fitPromise, type PromiseQuestion } from './fit-promise.js';
import type { Certified, GuaranteeState, Target, Tested } from './guarantee-memory.js';

export interface RefitQuestion extends Omit<PromiseQuestion, 'held' | 'rowsTested' | 'target'> {
  readonly target: Target;
  /** What holds until now was certified by rows that count no more: any threshold replaces it. */
  readonly isStale: boolean;
  readonly nowMs: number;
}

export interface Refit {
  readonly state: GuaranteeState;
  readonly tested: Tested;
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
  const { target, attempts, isStale, nowMs } = question;
  const held = isStale ? [] : (before.labels ?? []);
  const { labelRowsTested: rowsTested = {} } = before;
  const { overall: fit, labels } = fitPromise({ ...question, held, rowsTested });
  const tested = {
    overall: fit.kind === 'certified' || fit.isTested,
    labels: labels.tested,
  };
  const rowsForNext = rowsForAttempt(target, attempts.overall + Number(tested.overall));
  const nextFitAtRows = Math.max(nextAttemptAtRows(before.rowsSeen), rowsForNext);
  const { certificates, rowsTested: labelRowsTested } = labels;
  const ofLabels = certificates.length > 0 && { labels: certificates, labelRowsTested };
  const state = { ...before, nextFitAtRows, ...ofLabels };
  if (fit.kind === 'not-certified') return { state, tested, won: null, why: fit.why };
  const thresholdToBeat = isStale ? Infinity : (before.certified?.threshold ?? Infinity);
  if (fit.threshold >= thresholdToBeat) return { state, tested, won: null, why: null };
  const won: Certified = { ...fit, fittedAtMs: nowMs };
  return { state: { ...state, certified: won }, tested, won, why: null };
}
