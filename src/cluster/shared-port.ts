import type { AddressInfo } from 'node:net';
import { inTime } from './in-time.js';
import type { WorkerHandle } from './worker-handle.js';

/** The one port of all workers. */
export interface SharedPort {
  /** Has a worker listen. */
  listen(handle: WorkerHandle): Promise<AddressInfo>;
}

/**
 * The primary has the port open as long as a worker listens. Workers share it when they ask for the
 * same number: 0 as long as one is left that has asked for 0. Once all have gone it must be asked
 * for by the number that it had, or clients would not find it again.
 *
 * @param configured  0 for any free one.
 */
export function createSharedPort(configured: number): SharedPort {
  const sharing = new Set<WorkerHandle>();
  let port = configured;
  let boundTo: number | null = null;

  return {
    async listen(handle) {
      if (sharing.size === 0 && boundTo !== null) port = boundTo;
      sharing.add(handle);
      handle.isInUse = true;
      void handle.ended.then(() => sharing.delete(handle));
      const address = await inTime(handle, handle.channel.call('listen', { port }));
      boundTo = address.port;
      return address;
    },
  };
}
