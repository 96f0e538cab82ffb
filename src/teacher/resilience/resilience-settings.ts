import type { LimitSettings } from './call-limit.js';
import type { BreakerSettings } from './circuit-breaker.js';
import type { DelaySettings } from './retry-delay.js';

export interface RetrySettings extends DelaySettings {
  /** Attempts at one call, the first one included; 1: none is made again. */
  readonly attemptsMax: number;
  /** Further attempts a call, over all calls. */
  readonly budgetShare: number;
}

export interface HedgeSettings {
  /** A second attempt begins when a call takes longer than so great a share of the last ones. */
  readonly afterShare: number;
  /** But not before so many ms. */
  readonly afterMsMin: number;
}

/** How one teacher is asked. `config/resilience-schema.ts` has the defaults. */
export interface ResilienceSettings {
  /** Longest wait for one of several attempts, ms; null: all of the teacher's time. */
  readonly attemptTimeoutMs: number | null;
  readonly retries: RetrySettings;
  readonly breaker: BreakerSettings;
  readonly limit: LimitSettings;
  /** Null: no second attempt beside a slow first one. */
  readonly hedge: HedgeSettings | null;
}
