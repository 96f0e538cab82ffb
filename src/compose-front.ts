import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Fleet } from './cluster/fleet.js';
import { makePrimarySocket, removePrimarySocket } from './cluster/primary-socket.js';
import { workerShareOf } from './cluster/worker-share.js';
import type { OpenTasks } from './compose.js';
import type { Config } from './config/settings.js';
import { createApp, type AppParts } from './http/app.js';
import type { OpenStreams } from './http/follow-run.js';
import { createGatewayServer } from './http/gateway-server.js';
import { listenOn } from './http/listen-on.js';

/** What listens: one server in this process, or workers. */
export interface Front {
  start(): Promise<AddressInfo>;
  isOpen(): boolean;
  /** The port closes, requests in flight are answered. */
  stop(): Promise<void>;
}

export interface FrontParts extends Pick<
  AppParts,
  'access' | 'isReady' | 'consoleDir' | 'onFailure'
> {
  readonly config: Config;
  readonly open: OpenTasks;
  /** Null for a gateway with one process. */
  readonly fleet: Fleet | null;
  readonly isLeaving: () => boolean;
  readonly now: () => number;
}

export function createFront(parts: FrontParts): Front {
  return parts.fleet === null ? createOwnFront(parts) : createFleetFront(parts, parts.fleet);
}

function createOwnFront(parts: FrontParts): Front {
  const { config, open } = parts;
  const streams: OpenStreams = new Set();
  const { tasks, metrics } = open;
  const keySpentUsd = keySpentBy(open);
  const { access, isLeaving, onFailure, now } = parts;
  const { requestBytesMax, batchRowsMax, connectionsMax, keepAliveMs } = config;
  const { server, stop } = createGatewayServer({
    ...{ tasks, access, metrics, isLeaving, onFailure, now },
    ...{ requestBytesMax, batchRowsMax, connectionsMax, keepAliveMs },
    others: createApp({ ...parts, ...config, tasks, metrics, streams, keySpentUsd }),
    endStreams: () => endAll(streams),
  });

  return {
    start: () => listenOn(server, config),
    isOpen: () => server.listening,
    stop: () => stop(config.shutdownGraceMs),
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
  const keySpentUsd = keySpentBy(open);
  const app = createApp({
    ...{ ...parts, ...config, tasks: open.tasks, metrics, streams, keySpentUsd },
  });
  const server = createServer(ofWorkers, app);
  let socket: string | null = null;

  async function stop(): Promise<void> {
    endAll(streams);
    const ending = setInterval(() => endAll(streams), 500); // Those that come late, too.
    await fleet.drain(config.shutdownGraceMs);
    clearInterval(ending);
    server.closeAllConnections();
    server.close();
    if (socket !== null) removePrimarySocket(socket);
    socket = null;
  }

  return {
    async start() {
      const primarySocket = await makePrimarySocket();
      socket = primarySocket;
      server.listen(primarySocket);
      await once(server, 'listening');
      const { holdoutKey, tasks } = open;
      const supports = new Map([...tasks].map(([name, { support }]) => [name, support]));
      const { workers } = config;
      const seeds = [...supports.values()].map(({ seed }) => workerShareOf(seed, { workers }));
      try {
        return await fleet.start({ config, holdoutKey, primarySocket, tasks: seeds }, supports);
      } catch (error) {
        await stop();
        throw error;
      }
    },
    isOpen: () => socket !== null,
    stop,
  };
}

const keySpentBy =
  ({ keyBudgets }: OpenTasks) =>
  (key: string): number =>
    keyBudgets.spentUsd(key);

/** Workers have refused what must be, and watch how long a request takes to arrive. */
const ofWorkers = { requireHostHeader: false, maxHeaderSize: 65_536, requestTimeout: 0 } as const;

function endAll(streams: OpenStreams): void {
  for (const stream of streams) stream.end(); // Who follows a run asks again, elsewhere.
}
