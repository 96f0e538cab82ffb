import type { Server } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { after } from 'node:test';
import { createApp, type AppParts } from '../../src/http/app.js';
import { createRequestCounter } from '../../src/http/count-requests.js';
import { createGatewayHandler } from '../../src/http/gateway-handler.js';
import { createHttpServer } from '../../src/http/http-server.js';
import { createGatewayServer, type GatewayServerParts } from '../../src/http/gateway-server.js';
import type { OpenStreams } from '../../src/http/follow-run.js';
import type { TaskService } from '../../src/task/task-service.js';
import { createMetrics, type Metrics } from '../../src/telemetry/metrics.js';
import { fakeTaskService } from '../fakes/fake-task-service.js';
import { temporaryDirectory } from './temporary-directory.js';

export interface HttpGateway {
  readonly server: Server;
  /** Ends it as a signal would. */
  readonly stop: (graceMs: number) => Promise<void>;
  readonly port: number;
  readonly url: string;
  readonly metrics: Metrics;
  readonly streams: OpenStreams;
  /** What made requests fail, oldest first. */
  readonly failures: unknown[];
}

const consoleDir = temporaryDirectory();

type Changes = Partial<Omit<GatewayServerParts, 'others'> & AppParts>;

function partsOf(methods: Partial<TaskService>, changes: Changes) {
  const metrics = createMetrics();
  const failures: unknown[] = [];
  const task = fakeTaskService(methods);
  const streams: OpenStreams = new Set();
  const parts = {
    tasks: new Map([[task.spec.name, task]]),
    metrics,
    streams,
    access: null,
    keySpentUsd: () => 0,
    isReady: () => true,
    isLeaving: () => false,
    connectionsMax: 1_000,
    keepAliveMs: 5_000,
    now: () => Date.now(),
    endStreams: () => {},
    consoleDir,
    onFailure: (error: unknown) => void failures.push(error),
    requestBytesMax: 100_000,
    batchRowsMax: 3,
    ...changes,
  };
  return { parts, metrics, streams, failures };
}

/** @returns the port. */
async function listenUntilTheEnd(server: Server, metrics: Metrics): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  after(() => {
    server.closeAllConnections();
    server.close();
    metrics.close();
  });
  return (server.address() as AddressInfo).port;
}

/** Serves fake tasks over real HTTP on a free port until the tests of the file have ended. */
export async function openHttpGateway(
  methods: Partial<TaskService> = {},
  changes: Changes = {},
): Promise<HttpGateway> {
  const { parts, ...seen } = partsOf(methods, changes);
  const { server, stop } = createGatewayServer({ ...parts, others: createApp(parts) });
  const port = await listenUntilTheEnd(server, seen.metrics);
  return { server, stop, port, url: `http://127.0.0.1:${port}`, ...seen };
}

/** The same by `node:http` alone, without the fast path. @returns its port. */
export async function openPlainGateway(
  methods: Partial<TaskService>,
  changes: Changes = {},
): Promise<number> {
  const { parts, metrics } = partsOf(methods, changes);
  const handler = createGatewayHandler({
    ...parts,
    others: createApp(parts),
    count: createRequestCounter(metrics),
    isDraining: () => false,
  });
  return listenUntilTheEnd(createHttpServer(handler), metrics);
}
