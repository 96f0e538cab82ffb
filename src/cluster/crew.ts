import type { AddressInfo } from 'node:net';
import type { WorkerSupport } from '../serving/worker-support.js';
import { createBarrier } from './barrier.js';
import type { FleetMetrics } from './fleet-metrics.js';
import { inTime } from './in-time.js';
import { createPrimaryHandlers } from './primary-handlers.js';
import type { WorkerStart } from './protocol.js';
import { createSharedPort } from './shared-port.js';
import type { TaskFollowers } from './task-followers.js';
import type { ForkWorker, WorkerHandle } from './worker-handle.js';

export interface CrewParts {
  readonly start: Omit<WorkerStart, 'number'>;
  readonly tasks: ReadonlyMap<string, WorkerSupport>;
  /** Those that have not ended; kept here. */
  readonly workers: Set<WorkerHandle>;
  readonly followersOf: (task: string) => TaskFollowers;
  readonly metrics: FleetMetrics;
  readonly fork: ForkWorker;
}

export interface Launched {
  readonly handle: WorkerHandle;
  /** Resolves when it serves what serves here, and listens. */
  readonly listening: Promise<AddressInfo>;
}

/** Starts workers that serve the tasks of this process on one port. */
export function createCrew(parts: CrewParts): { launch: (number: number) => Launched } {
  const { start, tasks, workers, followersOf, metrics, fork } = parts;
  const port = createSharedPort(start.config.port);
  const allClosed = createBarrier(() => workers);

  /** Each step waits for the one before: a worker never listens to what it can not answer. */
  async function bringUp(handle: WorkerHandle): Promise<AddressInfo> {
    await inTime(handle, handle.ready);
    await inTime(handle, handle.channel.call('open', { ...start, number: handle.number }));
    for (const [name, task] of tasks) await followersOf(name).join(handle, task);
    return port.listen(handle);
  }

  return {
    launch(number) {
      const own = {
        metrics: (pushed: WorkerHandle['metrics']) => void (handle.metrics = pushed),
        portClosed: () => allClosed.arrive(handle),
      };
      const handle = fork(number, createPrimaryHandlers(tasks, own));
      workers.add(handle);
      void handle.ended.then(() => {
        workers.delete(handle);
        metrics.keep(handle.metrics);
        allClosed.look();
      });
      return { handle, listening: bringUp(handle) };
    },
  };
}
