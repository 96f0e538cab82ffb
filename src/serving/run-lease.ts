import type { Capture } from '../capture/capture.js';

export const leaseTtlMs = 60_000;
/** Three chances to renew before another process may think this one dead. */
const leaseRenewMs = 20_000;

type Leases = Pick<Capture, 'acquireLease' | 'releaseLease'>;

/** As `holdRunLease`, for what is short, and goes on though it is lost. */
export const takeRunLease = (
  capture: Leases,
  task: string,
  owner: string,
): Promise<(() => Promise<void>) | null> =>
  holdRunLease({ capture, task, owner, onLost: () => {} });

/**
 * Takes the lease under which one run of a task at a time reads its rows, and keeps it.
 *
 * @returns gives it back; null while somebody else has it.
 */
export async function holdRunLease({
  capture,
  task,
  owner,
  onLost,
}: {
  readonly capture: Leases;
  readonly task: string;
  /** Who asks again with the same one gets it again. */
  readonly owner: string;
  /** Called once, when somebody else has it all the same: this process stood still. */
  readonly onLost: () => void;
}): Promise<(() => Promise<void>) | null> {
  if (!(await capture.acquireLease(leaseOf(task), owner, leaseTtlMs))) return null;
  const renewal = setInterval(() => {
    void renewRunLease(capture, task, owner).then((isHeld) => {
      if (isHeld) return;
      clearInterval(renewal);
      onLost();
    });
  }, leaseRenewMs);
  renewal.unref();
  return async () => {
    clearInterval(renewal);
    await capture.releaseLease(leaseOf(task), owner); // Or it runs out by itself.
  };
}

/** @returns whether it is held still; true, too, where the log does not answer: later it may. */
export const renewRunLease = (capture: Leases, task: string, owner: string): Promise<boolean> =>
  capture.acquireLease(leaseOf(task), owner, leaseTtlMs).catch(() => true);

const leaseOf = (task: string): string => `distil:${task}`;
