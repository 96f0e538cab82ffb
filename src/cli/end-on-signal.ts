import { rm } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';

/** What has to go when somebody ends this process. */
export interface EndOnSignal {
  /** Aborted by the signal: whatever writes into the directory must end. */
  readonly signal: AbortSignal;
  /**
   * To be called when what failed has ended. Waits for ever where a signal has come: the process
   * ends soon, and has nothing to say.
   */
  readonly quiet: () => Promise<void>;
  /** Signals do again what they did before. */
  readonly close: () => void;
}

/** What was killed has so long to be gone, ms. */
const goneMsMax = 1000;

/** As shells have it: 128 and the signal's number. */
const exitCodes = { SIGINT: 130, SIGTERM: 143 } as const;

/** Removes a directory and ends the process when SIGINT or SIGTERM comes; a second one at once. */
export function endOnSignal(directory: string): EndOnSignal {
  const ending = new AbortController();
  let settle = (): void => {};
  const settled = new Promise<void>((resolve) => (settle = resolve));

  async function end(name: keyof typeof exitCodes): Promise<void> {
    if (ending.signal.aborted) process.exit(exitCodes[name]);
    ending.abort();
    await Promise.race([settled, sleep(goneMsMax)]);
    try {
      // What was killed may still be on its way out.
      await rm(directory, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
    } catch (error) {
      console.error(`${directory} could not be removed: ${String(error)}`);
    }
    process.exit(exitCodes[name]);
  }
  const onInterrupt = (): void => void end('SIGINT');
  const onTerminate = (): void => void end('SIGTERM');
  process.on('SIGINT', onInterrupt).on('SIGTERM', onTerminate);
  return {
    signal: ending.signal,
    quiet: async () => {
      settle();
      if (ending.signal.aborted) await new Promise(() => {});
    },
    close: () => void process.off('SIGINT', onInterrupt).off('SIGTERM', onTerminate),
  };
}
