import type { Capture } from '../capture/capture.js';

export const leaseTtlMs = 60_000;
/** Three chances to renew before another process may think this one dead. */
const leaseRenewMs = 20_000;

/**
 * Takes the lease under which one run of a task at a time reads its rows, and keeps it.
 *
 * @param owner  who asks again with the same one gets it again.
 * @returns      gives it back; null while somebody else has it.
 */
export async function takeRunLease(
  capture: Pick<Capture, 'acquireLease' | 'releaseLease'>,
  task: string,
  owner: string,
): Promise<(() => Promise<void>) | null> {
  const lease = `distil:${task}`;
  if (!(await capture.acquireLease(lease, owner, leaseTtlMs))) return null;
  const renewal = setInterval(() => {
    capture.acquireLease(lease, owner, leaseTtlMs).catch(() => {}); // The next one may succeed.
  }, leaseRenewMs);
  renewal.unref();
  return async () => {
    clearInterval(renewal);
    await capture.releaseLease(lease, owner); // Or it runs out by itself.
  };
}
