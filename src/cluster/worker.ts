import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { UnknownTaskError } from '../errors.js';
import { createFailureLog } from '../http/failure-log.js';
import { createGatewayServer } from '../http/gateway-server.js';
import { listenOn } from '../http/listen-on.js';
import { openKeysIfAny } from '../keys/open-keys-if-any.js';
import { createModelThreads } from '../model/model-threads.js';
import type { Log, LogLevel } from '../telemetry/log.js';
import { createMetrics, type MetricsJson } from '../telemetry/metrics.js';
import type { Channel, Handlers } from './channel.js';
import type { PrimaryCalls, WorkerCalls, WorkerStart } from './protocol.js';
import { createProxy } from './proxy.js';
import { pushMetrics } from './push-metrics.js';
import { createWorkerTask, type WorkerTask } from './worker-task.js';

export interface WorkerParts {
  readonly openLog: (level: LogLevel) => Log;
  readonly now: () => number;
  readonly newId: () => string;
}

/** What a worker does when the primary asks; `primary` is there when the first call comes. */
export function createWorkerHandlers(
  primary: () => Channel<PrimaryCalls>,
  outside: WorkerParts,
): Handlers<WorkerCalls> {
  let worker: Worker | null = null;
  const opened = (): Worker => {
    if (worker === null) throw new TypeError('The worker is not open yet.');
    return worker;
  };
  return {
    open: async (start) => void (worker = await openWorker(start, primary(), outside)),
    listen: ({ port }) => opened().listen(port),
    prepare: ({ task, source }) => opened().task(task).prepare(source),
    commit: ({ task, served }) => opened().task(task).commit(served),
    abandon: ({ task }) => opened().task(task).abandon(),
    show: ({ task, served }) => opened().task(task).show(served),
    recall: ({ task, id }) => opened().task(task).recent.find(id),
    forget: ({ task, subject }) => opened().task(task).recent.forget(subject),
    metrics: () => opened().metrics(),
    drain: () => opened().drain(),
  };
}

/** A worker waits no longer, ms, for all others to close the port, too. */
const allClosedMsMax = 3000;

const asksIfAlive = ({ url, method }: IncomingMessage): boolean =>
  url === '/healthz' && (method === 'GET' || method === 'HEAD');

function sayAlive(response: ServerResponse): void {
  response.setHeader('content-type', 'application/json; charset=utf-8');
  response.end('{"status":"ok"}');
}

interface Worker {
  task(name: string): WorkerTask;
  listen(port: number): Promise<AddressInfo>;
  metrics(): Promise<MetricsJson>;
  drain(): Promise<MetricsJson>;
}

async function openWorker(
  start: WorkerStart,
  primary: Channel<PrimaryCalls>,
  { openLog, now, newId }: WorkerParts,
): Promise<Worker> {
  const { config, holdoutKey } = start;
  const log = openLog(config.logLevel);
  const keys = await openKeysIfAny(config.keysFile, log);
  const metrics = createMetrics(`worker-${start.number}`);
  const modelThreads = createModelThreads();
  const tasks = new Map(
    start.tasks.map((seed) => {
      const parts = { seed, holdoutKey, primary, modelThreads, metrics, now, newId };
      return [seed.spec.name, createWorkerTask(parts)] as const;
    }),
  );
  const pushed = pushMetrics(metrics, primary);
  const proxy = createProxy(start.primarySocket);
  let isDraining = false;
  const { requestBytesMax, batchRowsMax, connectionsMax, keepAliveMs } = config;
  const { server, stop } = createGatewayServer({
    ...{
      tasks,
      access: keys?.ring ?? null,
      metrics,
      now,
      requestBytesMax,
      batchRowsMax,
      connectionsMax,
      keepAliveMs,
    },
    // Said here: a process that lives must say so whatever the primary is at.
    others: (request, response) => {
      if (asksIfAlive(request)) sayAlive(response);
      else proxy(request, response);
    },
    isLeaving: () => isDraining,
    onFailure: createFailureLog(log, now),
    endStreams: () => {}, // The primary does.
    portClosed: async () => {
      const late = sleep(allClosedMsMax, null, { ref: false });
      await Promise.race([primary.call('portClosed', null), late]);
    },
  });

  return {
    task(name) {
      const task = tasks.get(name);
      if (task === undefined) throw new UnknownTaskError(name, [...tasks.keys()]);
      return task;
    },
    listen: (port) => listenOn(server, { host: config.host, port }),
    metrics: pushed.json,
    async drain() {
      isDraining = true;
      await stop(config.shutdownGraceMs);
      try {
        await Promise.all([...tasks.values()].map((task) => task.close()));
      } finally {
        await modelThreads.close();
        pushed.stop();
        keys?.close();
      }
      return pushed.json();
    },
  };
}
