import type { Clock } from './clock.js';
import { createRecentCalls } from './recent-calls.js';

export type BreakerState = 'closed' | 'open' | 'half-open';

export interface BreakerSettings {
  /** How far back calls count, ms. */
  readonly windowMs: number;
  /** With fewer calls in the window it stays closed. */
  readonly callsMin: number;
  /** It opens when so great a share of them has failed, in (0, 1]. */
  readonly failureShare: number;
  /** How long it is open at first, ms; twice as long each time that probes fail. */
  readonly openMs: number;
  readonly openMsMax: number;
  /** Calls let through at once while it is half-open; so many must succeed for it to close. */
  readonly probes: number;
}

/** What a call has shown of the teacher; `unknown`: nothing, as its caller gave it up. */
export type CallVerdict = 'ok' | 'failed' | 'unknown';

export interface CircuitBreaker {
  readonly state: BreakerState;
  /** ms until a call may be let through again; 0 where one may be now. */
  waitMs(): number;
  /** Lets a call through, or null. What is given must be called once, with what came of it. */
  enter(): ((verdict: CallVerdict) => void) | null;
}

/**
 * Keeps calls from a teacher that fails: after too many failures nobody waits for it, and some
 * probes find out when it is back.
 *
 *     closed     -> open       >= callsMin calls in windowMs, >= failureShare of them failed
 *     open       -> half-open  by the first call after openMs 2^(failed rounds of probes)
 *     half-open  -> closed     `probes` calls have succeeded
 *     half-open  -> open       one has failed
 *
 * A call counts in the state that let it through: what was sent before it opened closes nothing.
 *
 * @see Nygard 2018, "Release It!", 2nd ed., ch. 5, "Circuit Breaker"
 */
export function createCircuitBreaker(
  settings: BreakerSettings,
  clock: Clock,
  onChange: (state: BreakerState, waitMs: number) => void,
): CircuitBreaker {
  const { callsMin, failureShare, probes } = settings;
  const recent = createRecentCalls(settings.windowMs, clock);
  let state: BreakerState = 'closed';
  /** Each change begins another one. */
  let era = 0;
  let openUntilMs = 0;
  let failedRounds = 0;
  let [probing, probed] = [0, 0];

  const waitMs = (): number => {
    if (state === 'open') return Math.max(0, openUntilMs - clock.nowMs());
    return state === 'half-open' && probing >= probes ? settings.openMs : 0;
  };

  function change(next: BreakerState): void {
    state = next;
    era++;
    [probing, probed] = [0, 0];
    if (next === 'open') {
      const openMs = Math.min(settings.openMsMax, settings.openMs * 2 ** failedRounds);
      openUntilMs = clock.nowMs() + openMs;
    }
    if (next === 'closed') {
      failedRounds = 0;
      recent.clear();
    }
    onChange(next, waitMs());
  }

  function count(verdict: CallVerdict): void {
    if (verdict === 'unknown') return;
    recent.add(verdict === 'failed');
    const { calls, failed } = recent.counts();
    if (calls >= callsMin && failed >= failureShare * calls) change('open');
  }

  function countProbe(verdict: CallVerdict): void {
    probing--;
    if (verdict === 'failed') {
      failedRounds++;
      change('open');
    } else if (verdict === 'ok' && ++probed >= probes) change('closed');
  }

  return {
    get state() {
      return state;
    },
    waitMs,
    enter() {
      if (waitMs() > 0) return null;
      if (state === 'open') change('half-open');
      if (state === 'half-open') probing++;
      const entered = { era, isProbe: state === 'half-open' };
      return (verdict) => {
        if (entered.era !== era) return;
        if (entered.isProbe) countProbe(verdict);
        else count(verdict);
      };
    },
  };
}
