import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { CancelledError, InvalidConfigError } from '../errors.js';
import type { Followers } from '../serving/followers.js';
import type { Log } from '../telemetry/log.js';
import type { MetricsJson } from '../telemetry/metrics.js';
import { createBackoff } from './backoff.js';
import { createCrew, type CrewParts } from './crew.js';
import { createFleetMetrics } from './fleet-metrics.js';
import { createTaskFollowers, type TaskFollowers } from './task-followers.js';
import { forkWorker, type ForkWorker, type WorkerHandle } from './worker-handle.js';

export interface FleetOptions {
  readonly workers: number;
  readonly log: Log;
  readonly nowMs: () => number;
  readonly fork?: ForkWorker;
  /** Waits before a worker is started again. */
  readonly pause?: (durationMs: number) => Promise<unknown>;
}

/** The processes that answer predictions, as the primary leads them. */
export interface Fleet {
  /** What the changes of one task are told to; works before there are workers. */
  followersOf(task: string): Followers;
  /**
   * Resolves when all workers listen.
   *
   * @throws {GatewayError} what kept one of them from it; then none is left.
   */
  start(start: CrewParts['start'], tasks: CrewParts['tasks']): Promise<AddressInfo>;
  /** Metrics of all workers, those that have ended included, beside the primary's own. */
  metricsText(own: MetricsJson): Promise<string>;
  /** Has all workers answer what is in flight, and end. */
  drain(graceMs: number): Promise<void>;
}

/** Beyond the time for requests in flight, ms, that a worker may take to end. */
const leaveMsMax = 5000;

export function createFleet(options: FleetOptions): Fleet {
  const { workers: count, fork = forkWorker } = options;
  const workers = new Set<WorkerHandle>();
  const metrics = createFleetMetrics();
  const followers = new Map<string, TaskFollowers>();
  let isLeaving = false;

  function followersOf(task: string): TaskFollowers {
    const known = followers.get(task) ?? createTaskFollowers(task);
    followers.set(task, known);
    return known;
  }

  return {
    followersOf,
    async start(start, tasks) {
      const crew = createCrew({ start, tasks, workers, followersOf, metrics, fork });
      const keeping = { ...options, launch: crew.launch, isLeaving: () => isLeaving };
      const numbers = Array.from({ length: count }, (_, index) => index + 1);
      try {
        const addresses = await Promise.all(
          numbers.map(async (number) => {
            const { handle, listening } = crew.launch(number);
            const address = await listening;
            void keepUp(handle, keeping);
            return address;
          }),
        );
        return addresses[0]!;
      } catch (error) {
        isLeaving = true;
        await Promise.all([...workers].map(end));
        throw error instanceof CancelledError ? notStarted(error) : error;
      }
    },
    metricsText: (own) => metrics.text(own, workers),
    async drain(graceMs) {
      isLeaving = true; // No worker is started any more.
      const deadline = sleep(graceMs + leaveMsMax, null, { ref: false });
      await Promise.all([...workers].map((handle) => leave(handle, deadline)));
    },
  };
}

interface Keeping extends Pick<FleetOptions, 'log' | 'nowMs' | 'pause'> {
  readonly launch: ReturnType<typeof createCrew>['launch'];
  readonly isLeaving: () => boolean;
}

/** Has another worker take the place of one that ends, until the fleet leaves. */
async function keepUp(first: WorkerHandle, keeping: Keeping): Promise<void> {
  const { log, nowMs, pause = pauseFor, launch, isLeaving } = keeping;
  const { number } = first;
  const backoff = createBackoff();
  let present: WorkerHandle | null = first;
  let startedMs = nowMs();
  for (;;) {
    const why = await (present?.ended ?? null);
    if (isLeaving()) return;
    if (present !== null) log.error('worker-ended', { worker: number, pid: present.pid, why });
    await pause(backoff.afterMs(nowMs() - startedMs));
    if (isLeaving()) return;
    startedMs = nowMs();
    present = null;
    try {
      const { handle, listening } = launch(number);
      present = handle;
      await listening;
      log.info('worker-restarted', { worker: number, pid: handle.pid });
    } catch (err) {
      present?.kill(); // It lives, and can not serve.
      if (!isLeaving()) log.error('worker-unstarted', { worker: number, err });
    }
  }
}

/** A process that only waits for this may end. */
const pauseFor = (durationMs: number): Promise<unknown> => sleep(durationMs, null, { ref: false });

function notStarted(cause: CancelledError): InvalidConfigError {
  const advice = 'What it wrote is above. Is there memory for all of UNDERSTUDY_WORKERS?';
  return new InvalidConfigError(`${cause.message} ${advice}`, {}, { cause });
}

async function leave(handle: WorkerHandle, deadline: Promise<unknown>): Promise<void> {
  if (handle.isInUse) await Promise.race([drain(handle), deadline]); // Else it may not even hear.
  await end(handle);
}

async function drain(handle: WorkerHandle): Promise<void> {
  try {
    handle.metrics = await handle.channel.call('drain', null);
  } catch {
    // It has gone.
  }
}

async function end(handle: WorkerHandle): Promise<void> {
  handle.kill();
  await handle.ended;
}
