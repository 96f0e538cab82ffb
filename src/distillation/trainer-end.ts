import type { ChildProcessByStdio } from 'node:child_process';
import type { Readable } from 'node:stream';

export interface TrainerEnd {
  /** Exit code, or the signal that it ended by; null: it was given up. */
  readonly how: number | string | null;
  /** Why it was told to end; null: it ended by itself. */
  readonly cut: 'too-long' | 'stopped' | null;
}

/**
 * After SIGTERM a trainer has so long, ms, to take back what it has started elsewhere: that kubectl
 * deletes a Job takes it a second or two, longer behind a busy gateway, which goes first. Well
 * under what a gateway may take to stop.
 */
export const cleanUpMsMax = 10_000;
/** After its exit its last words have so long to come out of the pipes, ms. */
const drainMsMax = 1000;

/**
 * Waits until a trainer has ended, or ends it: SIGTERM to the process group of the run, which this
 * process leads, after `msMax` and when this process gets SIGTERM; then it has `cleanUpMsMax`.
 *
 * Nobody is waited for longer than that, for what it has started may hold its pipes and not listen.
 * It can not be killed from here without killing this process: whoever started that does so once it
 * has ended (`spawn-distillation.ts`). A group of the trainer's own would outlive a killed run, and
 * would have a share of the processor like the gateway's (`threads/yield-to-all.ts`).
 *
 * @throws what `spawn` has to say, when it can not start.
 */
export function endOfTrainer(
  child: ChildProcessByStdio<null, Readable, Readable>,
  msMax: number,
): Promise<TrainerEnd> {
  return new Promise((resolve, reject) => {
    let cut: TrainerEnd['cut'] = null;
    let patience: NodeJS.Timeout | undefined;
    const settle = (): void => {
      clearTimeout(limit);
      clearTimeout(patience);
      process.off('SIGTERM', onTerminate);
      child.stdout.destroy();
      child.stderr.destroy();
      resolve({ how: child.exitCode ?? child.signalCode, cut });
    };
    const end = (why: 'too-long' | 'stopped'): void => {
      if (cut !== null) return; // A second SIGTERM could end what cleans up.
      cut = why;
      clearTimeout(patience);
      patience = setTimeout(() => {
        child.kill('SIGKILL');
        settle();
      }, cleanUpMsMax);
      terminate(child);
    };
    const onTerminate = (): void => end('stopped');
    const limit = setTimeout(() => end('too-long'), msMax);
    // Only now: without a listener the signal ends this process at once, whatever it computes.
    process.on('SIGTERM', onTerminate);
    child.once('exit', () => {
      clearTimeout(limit);
      if (cut === null) patience = setTimeout(settle, drainMsMax);
    });
    child.once('close', settle); // Nobody is left who holds its pipes.
    child.once('error', (error) => {
      reject(error);
      settle();
    });
  });
}

function terminate(child: ChildProcessByStdio<null, Readable, Readable>): void {
  try {
    process.kill(-process.pid, 'SIGTERM');
  } catch {
    child.kill('SIGTERM'); // Outside a run this process leads no group.
  }
}
