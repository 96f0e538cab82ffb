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
 * A sign is a refusal (429, 503), a timeout, or an answer after more than half of its time, and
 * twice that of the quickest call of its size. Not a gradient of latencies, as the student's limit
 * has it: those of a language model vary tenfold by the text alone.
 * @see Chiu, Jain 1989, "Analysis of the Increase and Decrease Algorithms for Congestion Avoidance"
 */
export class CallLimit {
  private limit: number;
  private inFlight = 0;
  private pausedUntilMs = -Infinity;
  private decreasedAtMs = -Infinity;
  private cancelWake = (): void => {};
  private readonly waiting = new Set<Waiting>();

  /** @param parts  meanMs: how long a call takes, ms; null while nobody knows. */
  constructor(
    private readonly settings: LimitSettings,
    private readonly parts: { readonly clock: Clock; readonly meanMs: () => number | null },
  ) {
    this.limit = settings.callsMax;
  }

  /** Calls that may be at the teacher, as adapted. */
  get limitCalls(): number {
    return Math.floor(this.limit + roundingError);
  }

  get inFlightCalls(): number {
    return this.inFlight;
  }

  get waitingCalls(): number {
    return this.waiting.size;
  }

  /** ms until the end of a pause; 0 without one. */
  pausedMs(): number {
    return Math.max(0, this.pausedUntilMs - this.parts.clock.nowMs());
  }

  /**
   * Waits for a place.
   *
   * @param leftMs  ms that the caller still waits: who would be late is refused at once.
   * @throws {OverloadedError} when the queue is full, or his turn would come too late.
   * @throws {CancelledError} when the signal fires first.
   */
  async enter(signal: AbortSignal, leftMs: number): Promise<LeaveLimit> {
    const free = this.tryEnter();
    if (free !== null) return free;
    const refused = this.refusal(leftMs);
    if (refused !== null) throw refused;
    return this.wait(signal);
  }

  /** A place if there is one at once. */
  tryEnter(): LeaveLimit | null {
    return this.waiting.size === 0 && this.hasRoom() ? this.take() : null;
  }

  /** The teacher has asked to be left alone for so many ms: nobody enters before. */
  pause(durationMs: number): void {
    const endMs = this.parts.clock.nowMs() + durationMs;
    this.pausedUntilMs = Math.max(this.pausedUntilMs, endMs);
    this.wakeAtEnd();
  }

  /** Timers may fire a little early: who waits would else wait for the next call that ends. */
  private wakeAtEnd(): void {
    this.cancelWake();
    const leftMs = this.pausedMs();
    if (leftMs === 0) this.admitWaiting();
    else this.cancelWake = this.parts.clock.after(Math.ceil(leftMs), () => this.wakeAtEnd());
  }

  /** Sends everybody away who waits. */
  refuseWaiting(error: Error): void {
    for (const next of this.waiting) next.refuse(error);
  }

  private hasRoom(): boolean {
    return this.inFlight < this.limitCalls && this.pausedMs() === 0;
  }

  private take(): LeaveLimit {
    const sentAtMs = this.parts.clock.nowMs();
    const isBusy = ++this.inFlight * 2 >= this.limit;
    let hasLeft = false;
    return (verdict) => {
      if (hasLeft) throw new RangeError('A place can be given back once only.');
      hasLeft = true;
      this.inFlight--;
      if (verdict === 'well' && isBusy) this.rise();
      if (verdict === 'congested' && sentAtMs >= this.decreasedAtMs) this.fall();
      this.admitWaiting();
    };
  }

  private rise(): void {
    this.limit = Math.min(this.settings.callsMax, this.limit + 1 / this.limit);
  }

  private fall(): void {
    this.limit = Math.max(1, this.limit * decrease);
    this.decreasedAtMs = this.parts.clock.nowMs();
  }

  private admitWaiting(): void {
    for (const next of this.waiting) {
      if (!this.hasRoom()) return;
      next.admit(this.take());
    }
  }

  private wait(signal: AbortSignal): Promise<LeaveLimit> {
    return new Promise((resolve, reject) => {
      const end = (): void => {
        this.waiting.delete(mine);
        signal.removeEventListener('abort', onAbort);
      };
      const mine: Waiting = {
        admit(leave) {
          end();
          resolve(leave);
        },
        refuse(error) {
          end();
          reject(error);
        },
      };
      const onAbort = (): void =>
        mine.refuse(new CancelledError('The time was over before the teacher could be asked.'));
      this.waiting.add(mine);
      signal.addEventListener('abort', onAbort, { once: true });
      if (signal.aborted) onAbort();
    });
  }

  private refusal(leftMs: number): OverloadedError | null {
    const isFull = this.waiting.size >= this.settings.queueMax;
    const waitMs = this.aheadMs();
    if (!isFull && waitMs <= leftMs) return null;
    const seconds = Math.max(1, Math.ceil(waitMs / 1000));
    const why = isFull
      ? `${this.waiting.size} calls wait for the teacher already, ${this.inFlight} are at it`
      : `The teacher has room in about ${Math.ceil(waitMs)} ms, and ${Math.ceil(leftMs)} are left`;
    const details = { waitingCalls: this.waiting.size, limitCalls: this.limitCalls };
    return new OverloadedError(`${why}; try again in ${seconds} s.`, seconds, details);
  }

  /** What stands before one more call, ms. */
  private aheadMs(): number {
    const turns = (this.waiting.size + 1) / this.limitCalls;
    const isBusy = this.inFlight >= this.limitCalls;
    return Math.max(this.pausedMs(), isBusy ? turns * (this.parts.meanMs() ?? 0) : 0);
  }
}

/** Ninety hundredths of ten, and ten tenths more, are ten. */
const roundingError = 1e-9;
