import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Fleet } from './cluster/fleet.js';
import type { OpenTasks } from './compose.js';
import type { Config } from './config/settings.js';
import { InvalidConfigError } from './errors.js';
import { createApp, type AppParts } from './http/app.js';
import type { OpenStreams } from './http/follow-run.js';
import { createGatewayHandler } from './http/gateway-handler.js';
import { createHttpServer } from './http/http-server.js';
import { createRequestGate } from './http/request-gate.js';
import { createStopListening } from './http/stop-listening.js';

/** What listens: one server in this process, or workers. */
export interface Front {
  start(): Promise<AddressInfo>;
  isOpen(): boolean;
  /** The port closes, requests in flight are answered. */
  stop(): Promise<void>;
}

export interface FrontParts extends Pick<AppParts, 'isReady' | 'consoleDir' | 'onFailure'> {
  readonly config: Config;
  readonly open: OpenTasks;
  /** Null for a gateway with one process. */
  readonly fleet: Fleet | null;
  readonly isLeaving: () => boolean;
}

export function createFront(parts: FrontParts): Front {
  return parts.fleet === null ? createOwnFront(parts) : createFleetFront(parts, parts.fleet);
}

function createOwnFront(parts: FrontParts): Front {
  const { config, open } = parts;
  const streams: OpenStreams = new Set();
  const gate = createRequestGate(
    createGatewayHandler({
      tasks: open.tasks,
      others: createApp({ ...parts, tasks: open.tasks, metrics: open.metrics, streams }),
      metrics: open.metrics,
      isDraining: () => parts.isLeaving() && !server.listening,
      requestBytesMax: config.requestBytesMax,
      batchRowsMax: config.batchRowsMax,
      onFailure: parts.onFailure,
    }),
  );
  const server = createHttpServer(gate.listener);
  server.maxConnections = config.connectionsMax;
  const stopListening = createStopListening(server, gate, () => endAll(streams));

  return {
    async start() {
      await listen(server, config);
      return server.address() as AddressInfo;
    },
    isOpen: () => server.listening,
    stop: () => stopListening(config.shutdownGraceMs),
  };
}

/** Workers have the port; what they do not answer themselves comes here by a socket of its own. */
function createFleetFront(parts: FrontParts, fleet: Fleet): Front {
  const { config, open } = parts;
  const streams: OpenStreams = new Set();
  const metrics = {
    contentType: open.metrics.contentType,
    text: async () => fleet.metricsText(await open.metrics.json()),
  };
  const server = createServer(createApp({ ...parts, tasks: open.tasks, metrics, streams }));
  let socketDir: string | null = null;

  async function stop(): Promise<void> {
    endAll(streams);
    const ending = setInterval(() => endAll(streams), 500); // Those that come late, too.
    await fleet.drain(config.shutdownGraceMs);
    clearInterval(ending);
    server.closeAllConnections();
    server.close();
    if (socketDir !== null) await rm(socketDir, { recursive: true, force: true });
    socketDir = null;
  }

  return {
    async start() {
      socketDir = await mkdtemp(join(tmpdir(), 'understudy-')); // For this user alone.
      const primarySocket = socketIn(socketDir);
      server.listen(primarySocket);
      await once(server, 'listening');
      const { holdoutKey, tasks } = open;
      const supports = new Map([...tasks].map(([name, { support }]) => [name, support]));
      const seeds = [...supports.values()].map(({ seed }) => seed);
      try {
        return await fleet.start({ config, holdoutKey, primarySocket, tasks: seeds }, supports);
      } catch (error) {
        await stop();
        throw cannotListen(config, error);
      }
    },
    isOpen: () => socketDir !== null,
    stop,
  };
}

/** Windows has named pipes instead. */
const socketIn = (dir: string): string =>
  process.platform === 'win32'
    ? `\\\\.\\pipe\\understudy-${process.pid}`
    : join(dir, 'primary.sock');

function endAll(streams: OpenStreams): void {
  for (const stream of streams) stream.end(); // Who follows a run asks again, elsewhere.
}

async function listen(server: Server, config: Config): Promise<void> {
  server.listen(config.port, config.host);
  try {
    await once(server, 'listening');
  } catch (cause) {
    throw cannotListen(config, cause);
  }
}

function cannotListen({ host, port }: Config, cause: unknown): unknown {
  const { code, message } = cause as NodeJS.ErrnoException;
  const isTaken = code === 'EADDRINUSE' || message.includes('EADDRINUSE');
  if (!isTaken && code === undefined) return cause;
  const why = isTaken
    ? 'another program listens there. Stop it, or set UNDERSTUDY_PORT to another port (0: any).'
    : `${String(cause)}. Set UNDERSTUDY_HOST and UNDERSTUDY_PORT to an address of its own.`;
  return new InvalidConfigError(`Cannot listen on ${host}:${port}: ${why}`, {}, { cause });
}
