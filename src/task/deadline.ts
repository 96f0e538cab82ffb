/**
 * A signal that fires when another one does, or after some time.
 *
 * Not `AbortSignal.any([signal, AbortSignal.timeout(ms)])`: Node holds its sources weakly, and it
 * never fires after a garbage collection (nodejs/node issues 57736, 65995; seen with Node 20).
 */
export class Deadline {
  private readonly controller = new AbortController();
  private readonly timer: NodeJS.Timeout;
  private readonly endMs: number;
  private hasPassed = false;

  /**
   * @param ms      from now until the time is over; it does not keep the process up.
   * @param other   what ends the wait before.
   */
  constructor(
    ms: number,
    private readonly other?: AbortSignal,
  ) {
    this.endMs = performance.now() + ms;
    this.timer = setTimeout(this.pass, ms).unref();
    if (other === undefined) return;
    other.addEventListener('abort', this.stop, { once: true });
    if (other.aborted) this.stop();
  }

  get signal(): AbortSignal {
    return this.controller.signal;
  }

  get aborted(): boolean {
    return this.signal.aborted;
  }

  /** What is left of the time, ms, at least 1: 0 would be no deadline to whoever reads it. */
  leftMs(): number {
    return Math.max(1, Math.round(this.endMs - performance.now()));
  }

  /** The time was over before anything else ended the wait. */
  get passed(): boolean {
    return this.hasPassed;
  }

  /** Nobody waits any longer: takes the timer and the listener away. The signal stays as it is. */
  end(): void {
    clearTimeout(this.timer);
    this.other?.removeEventListener('abort', this.stop);
  }

  private readonly pass = (): void => {
    this.hasPassed = true;
    this.stop();
  };

  private readonly stop = (): void => {
    this.end();
    this.controller.abort();
  };
}
