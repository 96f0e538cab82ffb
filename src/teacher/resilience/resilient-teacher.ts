import { TeacherUnavailableError } from '../../errors.js';
import { withAbort } from '../../student/with-abort.js';
import type { Input } from '../../task/task.js';
import {
  gaveUp,
  isUnsent,
  lateTeacher,
  mayBeBilled,
  mayPass,
  retryAfterMsOf,
} from '../call-failure.js';
import {
  priceMaxOf,
  type CallContext,
  type Payment,
  type Teacher,
  type TeacherAnswer,
} from '../teacher.js';
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
}

/** An attempt that failed, and the money for another one. */
interface FailedAttempt {
  readonly error: unknown;
  readonly payment: Payment | null;
}

/**
 * Asks a teacher as one asks what may fail: breaker, then limit, then attempts until the time of
 * the caller or of the teacher is over. Rows are paid for before each attempt: before the first
 * one by whoever asks, before others from the purse. It answers as the teacher does, and throws as
 * it does.
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
    try {
      return await this.attempts({ inputs, context, deadline });
    } finally {
      deadline.end();
    }
  }

  close(): Promise<void> {
    return this.inner.close();
  }

  private async attempts(call: Call): Promise<readonly TeacherAnswer[]> {
    let before: FailedAttempt | null = null;
    for (let failed = 1; ; failed++) {
      try {
        const answers = await this.attempt(call);
        settle(before);
        return answers;
      } catch (error) {
        if (before !== null && isUnsent(error)) {
          before.payment?.release();
          throw before.error;
        }
        settle(before);
        before = { error, payment: await this.waitToRetry(call, { error, failed }) };
      }
    }
  }

  /** Waits until the call may be tried again, which is paid for then. @throws the error, if not. */
  private async waitToRetry(
    call: Call,
    { error, failed }: { readonly error: unknown; readonly failed: number },
  ): Promise<Payment | null> {
    const { clock, settings, draw } = this.parts;
    const { retries } = settings;
    if (!mayPass(error) || failed >= retries.attemptsMax) throw error;
    const retryAfterMs = retryAfterMsOf(error) ?? 0;
    const delayMs = retryDelayMs(retries, { failed, draw: draw(), retryAfterMs });
    if (call.deadline.signal.aborted || delayMs >= leftMsOf(call)) throw error;
    const further = this.takeFurther(call, 'retry');
    if (further === null) throw error;
    try {
      await pauseFor(clock, delayMs, call.deadline.signal);
    } catch {
      further.payment?.release();
      throw error;
    }
    return further.payment;
  }

  /** Room and money for one more attempt at rows that may be billed twice; null: there is none. */
  private takeFurther(
    { inputs, context }: Call,
    how: 'retry' | 'hedge',
  ): { readonly payment: Payment | null } | null {
    if (this.breaker.state !== 'closed' || !this.retryBudget.take()) return null;
    const { purse } = context;
    const payment = purse?.pay(inputs.length, this.costPerRowUsdMax) ?? null;
    if (purse !== undefined && payment === null) return null;
    this.parts.observer.triedAgain(how);
    return { payment };
  }

  private async attempt(call: Call): Promise<readonly TeacherAnswer[]> {
    if (this.breaker.waitMs() > 0) throw this.unavailable();
    const { clock, settings } = this.parts;
    const { signal } = call.deadline;
    const leave = await this.limit.enter(signal, leftMsOf(call));
    const afterMs = settings.hedge && this.latency.quantileMs(settings.hedge.afterShare);
    if (settings.hedge === null || afterMs === null) return this.send(call, signal, leave);
    return firstOf({
      clock,
      signal,
      afterMs: Math.max(settings.hedge.afterMsMin, afterMs),
      first: (own) => this.send(call, own, leave),
      second: () => this.hedge(call),
    });
  }

  private hedge(call: Call): ((signal: AbortSignal) => Promise<readonly TeacherAnswer[]>) | null {
    const leave = this.limit.tryEnter();
    if (leave === null) return null;
    const further = this.takeFurther(call, 'hedge');
    if (further === null) {
      leave('unknown');
      return null;
    }
    return (signal) => this.send(call, signal, leave).finally(() => further.payment?.settle(null));
  }

  /** One call that has its place. */
  private async send(
    call: Call,
    signal: AbortSignal,
    leave: LeaveLimit,
  ): Promise<readonly TeacherAnswer[]> {
    const settleCall = this.breaker.enter();
    if (settleCall === null) {
      leave('unknown');
      throw this.unavailable();
    }
    const { clock, settings, timeoutMs } = this.parts;
    const deadline = startDeadline(clock, settings.attemptTimeoutMs ?? Infinity, signal);
    const startedMs = clock.nowMs();
    const usual = { latency: this.latency, timeoutMs };
    try {
      const asked = this.inner.label(call.inputs, deadline.signal, call.context);
      const answers = await withAbort(asked, deadline.signal, gaveUp);
      const tookMs = clock.nowMs() - startedMs;
      this.latency.add(tookMs);
      settleCall('ok');
      leave(loadVerdictOf(null, tookMs, usual));
      return answers;
    } catch (cause) {
      const isLate = deadline.passed || call.deadline.passed;
      const tookMs = clock.nowMs() - startedMs;
      const error = isLate ? lateTeacher(this.name, Math.round(tookMs), cause) : cause;
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

/** The failed attempt may be on the bill, beside the one that its caller settles. */
function settle(before: FailedAttempt | null): void {
  if (before === null) return;
  if (mayBeBilled(before.error)) before.payment?.settle(null);
  else before.payment?.release();
}

const leftMsOf = ({ deadline, context }: Call): number =>
  Math.min(deadline.leftMs(), context.leftMs?.() ?? Infinity);
