import { CancelledError, OverloadedError } from '../../errors.js';
import type { Clock } from './clock.js';

export interface LimitSettings {
  /** Calls at the teacher at once, at most and at first. */
  readonly callsMax: number;
  /** Calls that may wait for their turn. */
  readonly queueMax: number;
}

/** What a call says of the load: `congested` where it failed, or took too long, for too much. */
export type LoadVerdict = 'well' | 'congested' | 'unknown';

/** Gives the place back, once. */
export type LeaveLimit = (verdict: LoadVerdict) => void;

export interface CallLimit {
  /**
   * Waits for a place.
   *
   * @param leftMs  ms that the caller still waits: who would be late is refused at once.
   * @throws {OverloadedError} when the queue is full, or his turn would come too late.
   * @throws {CancelledError} when the signal fires first.
   */
  enter(signal: AbortSignal, leftMs: number): Promise<LeaveLimit>;
  /** A place if there is one at once. */
  tryEnter(): LeaveLimit | null;
  /** The teacher has asked to be left alone for so many ms: nobody enters before. */
  pause(durationMs: number): void;
  /** Sends everybody away who waits. */
  refuseWaiting(error: Error): void;
  /** Calls that may be at the teacher, as adapted. */
  readonly limitCalls: number;
  readonly inFlightCalls: number;
  readonly waitingCalls: number;
  /** ms until the end of a pause; 0 without one. */
  pausedMs(): number;
}

/** One sign of congestion takes so much of the limit away (TCP Reno takes half). */
const decrease = 0.9;

interface Waiting {
  readonly admit: (leave: LeaveLimit) => void;
  readonly refuse: (error: Error) => void;
}

/**
 * Limits the calls that a teacher has at once, by additive increase and multiplicative decrease:
 *
 *     limit <- limit + 1 / limit        a call was well, and at least half of the limit was in use
 *     limit <- max(1, 0.9 limit)        a sign of congestion, once for the calls sent before it
 *
 * A sign is a refusal (429, 503), a timeout, or an answer after more than half of its time. Not a
 * gradient of latencies, as the student's limit has it: those of a language model vary tenfold by
 * the text alone.
 *
 * @param meanMs  how long a call takes, ms; null while nobody knows.
 * @see Chiu, Jain 1989, "Analysis of the Increase and Decrease Algorithms for Congestion Avoidance"
 */
export function createCallLimit(
  { callsMax, queueMax }: LimitSettings,
  { clock, meanMs }: { readonly clock: Clock; readonly meanMs: () => number | null },
): CallLimit {
  let limit = callsMax;
  let inFlight = 0;
  let pausedUntilMs = -Infinity;
  let decreasedAtMs = -Infinity;
  let cancelWake: (() => void) | null = null;
  const waiting = new Set<Waiting>();

  const limitCalls = (): number => Math.floor(limit + roundingError);
  const pausedMs = (): number => Math.max(0, pausedUntilMs - clock.nowMs());
  const hasRoom = (): boolean => inFlight < limitCalls() && pausedMs() === 0;

  function take(): LeaveLimit {
    const sentAtMs = clock.nowMs();
    const isBusy = ++inFlight * 2 >= limit;
    let hasLeft = false;
    return (verdict) => {
      if (hasLeft) throw new RangeError('A place can be given back once only.');
      hasLeft = true;
      inFlight--;
      if (verdict === 'well' && isBusy) limit = Math.min(callsMax, limit + 1 / limit);
      if (verdict === 'congested' && sentAtMs >= decreasedAtMs) {
        limit = Math.max(1, limit * decrease);
        decreasedAtMs = clock.nowMs();
      }
      admitWaiting();
    };
  }

  function admitWaiting(): void {
    for (const next of waiting) {
      if (!hasRoom()) return;
      waiting.delete(next);
      next.admit(take());
    }
  }

  /** What stands before one more call, ms. */
  function waitMs(): number {
    const turns = (waiting.size + 1) / limitCalls();
    const busyMs = inFlight < limitCalls() ? 0 : turns * (meanMs() ?? 0);
    return Math.max(pausedMs(), busyMs);
  }

  function refusal(leftMs: number): OverloadedError | null {
    const isFull = waiting.size >= queueMax;
    const wait = waitMs();
    if (!isFull && wait <= leftMs) return null;
    const seconds = Math.max(1, Math.ceil(wait / 1000));
    const why = isFull
      ? `${waiting.size} calls wait for the teacher already, and it has ${inFlight} at once`
      : `The teacher would be asked in about ${Math.ceil(wait)} ms, and ${Math.ceil(leftMs)} are left`;
    const details = { waitingCalls: waiting.size, limitCalls: limitCalls() };
    return new OverloadedError(`${why}; try again in ${seconds} s.`, seconds, details);
  }

  async function enter(signal: AbortSignal, leftMs: number): Promise<LeaveLimit> {
    if (waiting.size === 0 && hasRoom()) return take();
    const refused = refusal(leftMs);
    if (refused !== null) throw refused;
    return new Promise((resolve, reject) => {
      const settle = (): void => {
        waiting.delete(mine);
        signal.removeEventListener('abort', onAbort);
      };
      const mine: Waiting = {
        admit: (leave) => (settle(), resolve(leave)),
        refuse: (error) => (settle(), reject(error)),
      };
      const onAbort = (): void =>
        mine.refuse(new CancelledError('The time was over before the teacher could be asked.'));
      waiting.add(mine);
      signal.addEventListener('abort', onAbort, { once: true });
      if (signal.aborted) onAbort();
    });
  }

  return {
    enter,
    tryEnter: () => (waiting.size === 0 && hasRoom() ? take() : null),
    pause(durationMs) {
      pausedUntilMs = Math.max(pausedUntilMs, clock.nowMs() + durationMs);
      cancelWake?.();
      cancelWake = clock.after(pausedMs(), admitWaiting);
    },
    refuseWaiting(error) {
      for (const next of waiting) next.refuse(error);
    },
    get limitCalls() {
      return limitCalls();
    },
    get inFlightCalls() {
      return inFlight;
    },
    get waitingCalls() {
      return waiting.size;
    },
    pausedMs,
  };
}

/** Ninety hundredths of ten, and ten tenths more, are ten. */
const roundingError = 1e-9;
