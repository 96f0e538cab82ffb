import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Followers, PreparedElsewhere } from '../serving/followers.js';
import type { Log } from '../telemetry/log.js';
import { mergedText, summed, withoutGauges, type MetricsJson } from '../telemetry/metrics.js';
import type { WorkerSupport } from '../serving/worker-support.js';
import { createPrimaryHandlers } from './primary-handlers.js';
import type { WorkerStart } from './protocol.js';
import { forkWorker, type WorkerHandle } from './worker-handle.js';

export interface FleetOptions {
  readonly workers: number;
  readonly log: Log;
  readonly nowMs: () => number;
}

/** The processes that answer predictions, as the primary leads them. */
export interface Fleet {
  /** What the changes of one task are told to; works before there are workers. */
  followersOf(task: string): Followers;
  /** Resolves when all workers listen. Rejects when one can not. */
  start(start: Omit<WorkerStart, 'number'>, tasks: PrimaryTasks): Promise<AddressInfo>;
  /** Metrics of all workers, those that have ended included, beside the primary's own. */
  metricsText(own: MetricsJson): Promise<string>;
  /** Has all workers answer what is in flight, and end. */
  drain(graceMs: number): Promise<void>;
}
export type PrimaryTasks = ReadonlyMap<string, WorkerSupport>;

/** A worker that dies again and again is started again this late, ms. */
const restartMsMin = 100;
const restartMsMax = 10_000;
/** One that has lived so long, ms, died of something new. */
const soundMs = 30_000;
/** A scrape waits so long, ms, for a worker's numbers; then the last known ones do. */
const metricsMsMax = 1000;
/** Beyond the time for requests in flight, ms, that a worker may take to end. */
const leaveMsMax = 5000;

export function createFleet({ workers: count, log, nowMs }: FleetOptions): Fleet {
  const workers = new Set<WorkerHandle>();
  let start: Omit<WorkerStart, 'number'> | null = null;
  let tasks: PrimaryTasks = new Map();
  let departed: MetricsJson = [];
  let isLeaving = false;

  const live = (): WorkerHandle[] => [...workers].filter(({ isLive }) => isLive);

  /** Forks a worker, gives it what serves, and lets it listen. */
  async function launch(number: number): Promise<AddressInfo> {
    const handle = await forkWorker(number, createPrimaryHandlers(tasks));
    workers.add(handle);
    const startedMs = nowMs();
    void handle.ended.then((why) => bury(handle, { why, livedMs: nowMs() - startedMs }));
    await handle.channel.call('open', { ...start!, number });
    await catchUp(handle);
    return handle.channel.call('listen', null);
  }

  /** Brings a worker to what serves, until nothing has changed meanwhile; then it is live. */
  async function catchUp(handle: WorkerHandle): Promise<void> {
    const shown = new Map<string, string | null>();
    for (;;) {
      const behind = [...tasks].filter(
        ([name, task]) => !shown.has(name) || shown.get(name) !== task.served().version,
      );
      if (behind.length === 0) break;
      for (const [name, task] of behind) {
        const { version } = task.served();
        if (version !== null) {
          const bundleDir = await task.bundleDirOf(version);
          await handle.channel.call('prepare', { task: name, version, bundleDir });
        }
        handle.channel.tell('commit', { task: name, served: task.served() });
        shown.set(name, version);
      }
    }
    for (const [name, task] of tasks)
      handle.channel.tell('show', { task: name, served: task.served() });
    handle.isLive = true;
  }

  function bury(handle: WorkerHandle, { why, livedMs }: { why: string; livedMs: number }): void {
    const wasLive = handle.isLive;
    workers.delete(handle);
    handle.isLive = false;
    void summed([departed, withoutGauges(handle.metrics)]).then((sum) => (departed = sum));
    if (isLeaving || !wasLive) return; // Who launches it hears that it did not start.
    log.error('worker-ended', { worker: handle.number, pid: handle.pid, why });
    void restart(handle.number, livedMs >= soundMs ? restartMsMin : 2 * restartMsMin);
  }

  async function restart(number: number, delayMs: number): Promise<void> {
    await sleep(delayMs);
    if (isLeaving) return;
    try {
      await launch(number);
      log.info('worker-restarted', { worker: number });
    } catch (err) {
      log.error('worker-unstarted', { worker: number, err });
      for (const handle of workers) if (handle.number === number && !handle.isLive) handle.kill();
      if (!isLeaving) void restart(number, Math.min(restartMsMax, 2 * delayMs));
    }
  }

  async function refreshMetrics(): Promise<void> {
    const asked = live().map(async (handle) => {
      const late = sleep(metricsMsMax, null, { ref: false });
      const answer = await Promise.race([handle.channel.call('metrics', null), late]);
      if (answer !== null) handle.metrics = answer;
    });
    await Promise.allSettled(asked);
  }

  return {
    followersOf: (task) => ({
      haveTraffic: true,
      async prepare(version, bundleDir) {
        const handles = live();
        const prepared = await prepareAll(handles, { task, version, bundleDir });
        return {
          commit(served) {
            prepared.commit(served);
            // Those that came to life in between serve the version before: they catch up.
            for (const late of live())
              if (!handles.includes(late)) void catchUp(late).catch(late.kill);
          },
          abandon: prepared.abandon,
        };
      },
      show: (served) => {
        for (const { channel } of live()) channel.tell('show', { task, served });
      },
    }),
    async start(given, primaryTasks) {
      start = given;
      tasks = primaryTasks;
      const addresses = await Promise.all(
        Array.from({ length: count }, (_, index) => launch(index + 1)),
      );
      return addresses[0]!;
    },
    async metricsText(own) {
      await refreshMetrics();
      return mergedText([own, departed, ...[...workers].map(({ metrics }) => metrics)]);
    },
    async drain(graceMs) {
      isLeaving = true;
      const deadline = sleep(graceMs + leaveMsMax, 'late', { ref: false });
      await Promise.all([...workers].map((handle) => leave(handle, deadline)));
    },
  };
}

/** Loads a version in all of these workers, or in none. One that dies meanwhile does not count. */
async function prepareAll(
  handles: readonly WorkerHandle[],
  what: { readonly task: string; readonly version: string; readonly bundleDir: string },
): Promise<PreparedElsewhere> {
  const { task } = what;
  const outcomes = await Promise.allSettled(
    handles.map(({ channel }) => channel.call('prepare', what)),
  );
  const abandon = (): void => {
    for (const { channel } of handles) channel.tell('abandon', { task });
  };
  const failed = outcomes.find(
    (outcome, index) => outcome.status === 'rejected' && handles[index]!.isLive,
  );
  if (failed?.status === 'rejected') {
    abandon();
    throw failed.reason;
  }
  return {
    commit(served) {
      for (const { channel } of handles) channel.tell('commit', { task, served });
    },
    abandon,
  };
}

async function leave(handle: WorkerHandle, deadline: Promise<string>): Promise<void> {
  handle.isLeaving = true;
  const drained = handle.channel.call('drain', null).then(
    (metrics) => (handle.metrics = metrics),
    () => {}, // It has gone already.
  );
  await Promise.race([drained, deadline]);
  handle.kill();
  await handle.ended;
}
