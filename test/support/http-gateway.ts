import type { Server } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { after } from 'node:test';
import { createApp, type AppParts } from '../../src/http/app.js';
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

/** Serves fake tasks over real HTTP on a free port until the tests of the file have ended. */
export async function openHttpGateway(
  methods: Partial<TaskService> = {},
  changes: Partial<Omit<GatewayServerParts, 'others'> & AppParts> = {},
): Promise<HttpGateway> {
  const metrics = createMetrics();
  const streams: OpenStreams = new Set();
  const failures: unknown[] = [];
  const task = fakeTaskService(methods);
  const parts = {
    tasks: new Map([[task.spec.name, task]]),
    metrics,
    streams,
    isReady: () => true,
    isLeaving: () => false,
    connectionsMax: 1_000,
    now: () => Date.now(),
    endStreams: () => {},
    consoleDir,
    onFailure: (error: unknown) => void failures.push(error),
    requestBytesMax: 100_000,
    batchRowsMax: 3,
    ...changes,
  };
  const { server, stop } = createGatewayServer({ ...parts, others: createApp(parts) });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  after(() => {
    server.closeAllConnections();
    server.close();
    metrics.close();
  });
  const { port } = server.address() as AddressInfo;
  return { server, stop, port, url: `http://127.0.0.1:${port}`, metrics, streams, failures };
}
