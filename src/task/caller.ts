/**
 * Whoever waits for an answer. Most never hang up: their signal is made only for who listens to it.
 */
export interface Caller {
  /** He has hung up. */
  readonly aborted: boolean;
  /** Fires when he hangs up. */
  readonly signal: AbortSignal;
}

/** A caller and the way to say that he has hung up. */
export class LiveCaller implements Caller {
  private isGone = false;
  private controller: AbortController | null = null;

  get aborted(): boolean {
    return this.isGone;
  }

  get signal(): AbortSignal {
    this.controller ??= new AbortController();
    if (this.isGone) this.controller.abort();
    return this.controller.signal;
  }

  hangUp(): void {
    this.isGone = true;
    this.controller?.abort();
  }
}

/** A caller who hangs up when a signal fires. */
export const callerOf = (signal: AbortSignal): Caller => ({
  get aborted() {
    return signal.aborted;
  },
  signal,
});
