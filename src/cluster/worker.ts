import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { UnknownTaskError } from '../errors.js';
import { createFailureLog } from '../http/failure-log.js';
import { createGatewayHandler } from '../http/gateway-handler.js';
import { createHttpServer } from '../http/http-server.js';
import { createRequestGate } from '../http/request-gate.js';
import { createStopListening } from '../http/stop-listening.js';
import type { Log } from '../telemetry/log.js';
import { createMetrics, type MetricsJson } from '../telemetry/metrics.js';
import type { Channel, Handlers } from './channel.js';
import type { PrimaryCalls, WorkerCalls, WorkerStart } from './protocol.js';
import { createProxy } from './proxy.js';
import { createWorkerTask, type WorkerTask } from './worker-task.js';

export interface WorkerParts {
  readonly log: Log;
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
    open: (start) => void (worker = createWorker(start, primary(), outside)),
    listen: () => opened().listen(),
    prepare: ({ task, version, bundleDir }) => opened().task(task).prepare(version, bundleDir),
    commit: ({ task, served }) => opened().task(task).commit(served),
    abandon: ({ task }) => opened().task(task).abandon(),
    show: ({ task, served }) => opened().task(task).show(served),
    metrics: () => opened().metrics(),
    drain: () => opened().drain(),
  };
}

function sayAlive(response: ServerResponse): void {
  response.setHeader('content-type', 'application/json; charset=utf-8');
  response.end('{"status":"ok"}');
}

interface Worker {
  task(name: string): WorkerTask;
  listen(): Promise<AddressInfo>;
  metrics(): Promise<MetricsJson>;
  drain(): Promise<MetricsJson>;
}

function createWorker(
  start: WorkerStart,
  primary: Channel<PrimaryCalls>,
  { log, now, newId }: WorkerParts,
): Worker {
  const { config, holdoutKey } = start;
  const metrics = createMetrics(`worker-${start.number}`);
  const tasks = new Map(
    start.tasks.map((seed) => {
      const parts = { seed, holdoutKey, primary, metrics, now, newId };
      return [seed.spec.name, createWorkerTask(parts)] as const;
    }),
  );
  const proxy = createProxy(start.primarySocket);
  let isDraining = false;
  const gate = createRequestGate(
    createGatewayHandler({
      tasks,
      // Said here: a process that lives must say so whatever the primary is at.
      others: (request, response) => {
        if (request.url === '/healthz') sayAlive(response);
        else proxy(request, response);
      },
      metrics,
      isDraining: () => isDraining && !server.listening,
      requestBytesMax: config.requestBytesMax,
      batchRowsMax: config.batchRowsMax,
      onFailure: createFailureLog(log, now),
    }),
  );
  const server = createHttpServer(gate.listener);
  server.maxConnections = config.connectionsMax;
  const stopListening = createStopListening(server, gate, () => {}); // The primary ends streams.

  return {
    task(name) {
      const task = tasks.get(name);
      if (task === undefined) throw new UnknownTaskError(name, [...tasks.keys()]);
      return task;
    },
    async listen() {
      server.listen(config.port, config.host);
      await once(server, 'listening');
      return server.address() as AddressInfo;
    },
    metrics: () => metrics.json(),
    async drain() {
      isDraining = true;
      await stopListening(config.shutdownGraceMs);
      await Promise.all([...tasks.values()].map((task) => task.close()));
      return metrics.json();
    },
  };
}
