import { OverloadedError, TeacherUnavailableError } from '../../errors.js';
import { withAbort } from '../../student/with-abort.js';
import type { Input } from '../../task/task.js';
import { gaveUp, isUnsent, lateTeacher, mayPass, retryAfterMsOf } from '../call-failure.js';
import {
  priceMaxOf,
  type CallContext,
  type Payment,
  type Teacher,
  type TeacherAnswer,
} from '../teacher.js';
import { askMetered } from './ask-metered.js';
import { nothingBilled } from './bill-meter.js';
import { startDeadline, type CallDeadline } from './call-deadline.js';
import { CallLimit, type LeaveLimit } from './call-limit.js';
import { breakerVerdictOf, loadVerdictOf } from './call-verdicts.js';
import { createCircuitBreaker, type BreakerState, type CircuitBreaker } from './circuit-breaker.js';
import type { Clock } from './clock.js';
import { firstOf } from './first-of.js';
import { pauseFor } from './pause-for.js';
import { createRecentLatency } from './recent-latency.js';
import type { ResilienceSettings } from './resilience-settings.js';
import { createRetryBudget } from './retry-budget.js';
import { retryDelayMs } from './retry-delay.js';
import { RowAnswers } from './row-answers.js';

/** How it stands with a teacher. */
export interface TeacherState {
  readonly breaker: BreakerState;
  /** Until it may be asked again, ms; 0: now. */
  readonly waitMs: number;
  readonly limitCalls: number;
  readonly inFlightCalls: number;
  readonly waitingCalls: number;
}

/** Hears what happens beside calls and answers. */
export interface ResilienceObserver {
  breakerChanged(state: BreakerState, waitMs: number): void;
  /** One more attempt: after a failure, or beside a slow one. */
  triedAgain(how: 'retry' | 'hedge'): void;
  /** The teacher asked to be left alone for so many ms. */
  paused(durationMs: number): void;
}

export interface ResilienceParts {
  readonly settings: ResilienceSettings;
  /** Longest wait for a call, whatever is tried in it, ms; null: as long as the caller waits. */
  readonly timeoutMs: number | null;
  readonly clock: Clock;
  /** Uniform in [0, 1). */
  readonly draw: () => number;
  readonly observer: ResilienceObserver;
}

interface Call {
  readonly inputs: readonly Input[];
  readonly context: CallContext;
  readonly deadline: CallDeadline;
  /** Of all attempts: only rows without one are asked about again. */
  readonly answers: RowAnswers;
}

/** An attempt that has its place, and its money. */
interface Attempt {
  readonly signal: AbortSignal;
  readonly leave: LeaveLimit;
  readonly payment: Payment;
}

/**
 * Asks a teacher as one asks what may fail: breaker, then limit, then attempts until the time of
 * the caller or of the teacher is over. Each attempt is paid for from the purse before it is made,
 * and costs what may be billed of it, whatever comes of it. It answers as the teacher does, and
 * throws as it does.
 */
export class ResilientTeacher implements Teacher {
  readonly name: string;
  readonly version: string;
  readonly costPerRowUsd: number;
  readonly costPerRowUsdMax: number;
  readonly rowUsdMax?: NonNullable<Teacher['rowUsdMax']>;
  private readonly latency = createRecentLatency();
  private readonly retryBudget;
  private readonly limit: CallLimit;
  private readonly breaker: CircuitBreaker;

  constructor(
    private readonly inner: Teacher,
    private readonly parts: ResilienceParts,
  ) {
    const { settings, clock, observer } = parts;
    this.name = inner.name;
    this.version = inner.version;
    this.costPerRowUsd = inner.costPerRowUsd;
    this.costPerRowUsdMax = priceMaxOf(inner);
    if (inner.rowUsdMax !== undefined) this.rowUsdMax = inner.rowUsdMax;
    this.retryBudget = createRetryBudget(settings.retries.budgetShare);
    this.limit = new CallLimit(settings.limit, { clock, meanMs: () => this.latency.meanMs });
    this.breaker = createCircuitBreaker(settings.breaker, clock, (state, waitMs) => {
      if (state === 'open') this.limit.refuseWaiting(this.unavailable());
      observer.breakerChanged(state, waitMs);
    });
  }

  state(): TeacherState {
    const { limitCalls, inFlightCalls, waitingCalls } = this.limit;
    const waitMs = Math.max(this.breaker.waitMs(), this.limit.pausedMs());
    return { breaker: this.breaker.state, waitMs, limitCalls, inFlightCalls, waitingCalls };
  }

  async label(
    inputs: readonly Input[],
    signal?: AbortSignal,
    context: CallContext = {},
  ): Promise<readonly TeacherAnswer[]> {
    this.retryBudget.called();
    const { clock, timeoutMs } = this.parts;
    const deadline = startDeadline(clock, timeoutMs ?? Infinity, signal);
    const answers = new RowAnswers(inputs.length, context.answered);
    try {
      await this.attempts({ inputs, context, deadline, answers });
      return answers.known();
    } finally {
      deadline.end();
    }
  }

  close(): Promise<void> {
    return this.inner.close();
  }

  /** Resolves when all rows have an answer. */
  private async attempts(call: Call): Promise<void> {
    let payment = this.pay(call);
    if (payment === null) throw tooDear(this.name);
    let before: { readonly error: unknown } | null = null;
    for (let failed = 1; ; failed++) {
      try {
        await this.attempt(call, payment);
        return;
      } catch (error) {
        if (call.answers.isComplete) return; // Of two attempts each had answered a part.
        if (before !== null && isUnsent(error)) throw before.error;
        before = { error };
        payment = await this.waitToRetry(call, { error, failed });
      }
    }
  }

  /** Waits until the call may be tried again, which is paid for then. @throws the error, if not. */
  private async waitToRetry(
    call: Call,
    { error, failed }: { readonly error: unknown; readonly failed: number },
  ): Promise<Payment> {
    const { clock, settings, draw } = this.parts;
    const { retries } = settings;
    if (!mayPass(error) || failed >= retries.attemptsMax) throw error;
    const retryAfterMs = retryAfterMsOf(error) ?? 0;
    const delayMs = retryDelayMs(retries, { failed, draw: draw(), retryAfterMs });
    if (call.deadline.signal.aborted || delayMs >= leftMsOf(call)) throw error;
    const payment = this.takeFurther(call, 'retry');
    if (payment === null) throw error;
    try {
      await pauseFor(clock, delayMs, call.deadline.signal);
    } catch {
      payment.settle(nothingBilled);
      throw error;
    }
    return payment;
  }

  /** Room and money for one more attempt at rows that may be billed twice; null: there is none. */
  private takeFurther(call: Call, how: 'retry' | 'hedge'): Payment | null {
    if (this.breaker.state !== 'closed' || !this.retryBudget.take()) return null;
    const payment = this.pay(call);
    if (payment !== null) this.parts.observer.triedAgain(how);
    return payment;
  }

  /** Money for an attempt at the rows without an answer; null: there is none. */
  private pay({ context, answers }: Call): Payment | null {
    const { purse } = context;
    if (purse === undefined) return unlimited;
    return purse.pay(answers.missing().length, this.rowUsdOf(context));
  }

  /** Where the price hangs on the rows, what was set aside for each of these. */
  private rowUsdOf({ purse }: CallContext): number {
    const ofRows = this.rowUsdMax === undefined ? 0 : (purse?.rowUsd ?? 0);
    return Math.max(this.costPerRowUsdMax, ofRows);
  }

  private async attempt(call: Call, payment: Payment): Promise<void> {
    const { clock, settings } = this.parts;
    const { signal } = call.deadline;
    const leave = await this.enter(call).catch((error: unknown) => {
      payment.settle(nothingBilled);
      throw error;
    });
    const afterMs =
      settings.hedge &&
      this.latency.quantileMs(settings.hedge.afterShare, call.answers.missing().length);
    if (settings.hedge === null || afterMs === null)
      return this.send(call, { signal, leave, payment });
    return firstOf({
      clock,
      signal,
      afterMs: Math.max(settings.hedge.afterMsMin, afterMs),
      first: (own) => this.send(call, { signal: own, leave, payment }),
      second: () => this.hedge(call),
    });
  }

  private async enter(call: Call): Promise<LeaveLimit> {
    if (this.breaker.waitMs() > 0) throw this.unavailable();
    return this.limit.enter(call.deadline.signal, leftMsOf(call));
  }

  private hedge(call: Call): ((signal: AbortSignal) => Promise<void>) | null {
    const leave = call.answers.isComplete ? null : this.limit.tryEnter();
    if (leave === null) return null;
    const payment = this.takeFurther(call, 'hedge');
    if (payment === null) {
      leave('unknown');
      return null;
    }
    return (signal) => this.send(call, { signal, leave, payment });
  }

  /** One attempt at the rows without an answer. */
  private async send(call: Call, { signal, leave, payment }: Attempt): Promise<void> {
    const settleCall = this.breaker.enter();
    if (settleCall === null) {
      payment.settle(nothingBilled);
      leave('unknown');
      throw this.unavailable();
    }
    const { clock, settings, timeoutMs } = this.parts;
    const deadline = startDeadline(clock, settings.attemptTimeoutMs ?? Infinity, signal);
    const startedMs = clock.nowMs();
    const rows = call.answers.missing().length;
    const usual = { latency: this.latency, rows, timeoutMs };
    const rowUsd = this.rowUsdOf(call.context);
    const asked = askMetered(this.inner, call, { signal: deadline.signal, rowUsd });
    try {
      await withAbort(asked.done, deadline.signal, { why: gaveUp });
      const tookMs = clock.nowMs() - startedMs;
      payment.settle(asked.bill(null));
      settleCall('ok');
      const verdict = loadVerdictOf(null, tookMs, usual);
      leave(verdict);
      this.latency.add(tookMs, rows, verdict === 'well');
    } catch (cause) {
      const isLate = deadline.passed || call.deadline.passed;
      const tookMs = clock.nowMs() - startedMs;
      const error = isLate ? lateTeacher(this.name, Math.round(tookMs), cause) : cause;
      payment.settle(asked.bill(error));
      this.pauseAfter(error);
      settleCall(breakerVerdictOf(error, tookMs, usual)); // First: it may send away who waits.
      leave(loadVerdictOf(error, tookMs, usual));
      throw error;
    } finally {
      deadline.end();
    }
  }

  private pauseAfter(error: unknown): void {
    const retryAfterMs = retryAfterMsOf(error);
    if (retryAfterMs === null) return;
    this.limit.pause(retryAfterMs);
    this.parts.observer.paused(retryAfterMs);
  }

  private unavailable(): TeacherUnavailableError {
    const waitMs = this.breaker.waitMs();
    const seconds = Math.ceil(waitMs / 1000);
    return new TeacherUnavailableError(
      `Teacher ${this.name} has failed too often and is not asked now; try again in ${seconds} s.`,
      waitMs,
      { breaker: this.breaker.state },
    );
  }
}

/** Nobody counts what it costs. */
const unlimited: Payment = { settle() {} };

const tooDear = (name: string): OverloadedError =>
  new OverloadedError(`The budget has no room for teacher ${name} now.`, 60);

const leftMsOf = ({ deadline, context }: Call): number =>
  Math.min(deadline.leftMs(), context.leftMs?.() ?? Infinity);
