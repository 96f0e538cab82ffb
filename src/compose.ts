import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { Server as NetServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { openSqliteCapture } from './capture/sqlite-capture.js';
import type { Config } from './config/settings.js';
import type { TaskConfig } from './config/task-config.js';
import { composeTask } from './compose-task.js';
import { InvalidConfigError } from './errors.js';
import type { OpenStreams } from './http/follow-run.js';
import { createGatewayHandler } from './http/gateway-handler.js';
import type { ServedTask } from './serving/served-task.js';
import type { Log } from './telemetry/log.js';
import { createMetrics, type Metrics } from './telemetry/metrics.js';

export interface TaskSource {
  readonly config: TaskConfig;
  /** Directory of the task file. */
  readonly dir: string;
}

export interface Outside {
  readonly log: Log;
  /** ms since the epoch. */
  readonly now: () => number;
  /** Unique ids of rows, runs and processes. */
  readonly newId: () => string;
}

export interface OpenTasks {
  readonly tasks: ReadonlyMap<string, ServedTask>;
  readonly metrics: Metrics;
  /** Idempotent. Resolves when every row that is owed to the log is in it. */
  close(): Promise<void>;
}

/** Opens the capture log and all tasks, without a port: what the gateway and the CLI share. */
export async function openTasks(
  config: Pick<Config, 'dataDir'>,
  sources: readonly TaskSource[],
  { log, now, newId }: Outside,
): Promise<OpenTasks> {
  requireDifferentNames(sources);
  const { dataDir } = config;
  await mkdir(dataDir, { recursive: true });
  const capturePath = join(dataDir, 'capture.sqlite');
  const capture = await openSqliteCapture({ path: capturePath, now });
  const holdoutKey = await openHoldoutKey(join(dataDir, 'holdout.key'));
  const metrics = createMetrics();
  const tasks = new Map<string, ServedTask>();

  async function closeAll(): Promise<void> {
    await Promise.all([...tasks.values()].map((task) => task.close()));
    await capture.close(); // Only now can no task add a row: the last ones are written.
    metrics.close();
  }
  let closing: Promise<void> | undefined;
  const close = (): Promise<void> => (closing ??= closeAll());

  try {
    for (const source of sources) {
      const task = await composeTask({
        config: source.config,
        configDir: source.dir,
        dir: join(dataDir, 'tasks', source.config.name),
        capture,
        capturePath,
        holdoutKey,
        metrics,
        log,
        now,
        newId,
      });
      tasks.set(source.config.name, task);
    }
  } catch (error) {
    await close();
    throw error;
  }
  return { tasks, metrics, close };
}

export interface Gateway {
  readonly tasks: ReadonlyMap<string, ServedTask>;
  start(): Promise<AddressInfo>;
  /** Idempotent. Resolves when requests in flight are answered and captured rows are on disk. */
  close(): Promise<void>;
}

/** The composition root: the one place that decides which implementation meets which port. */
export async function composeGateway(
  config: Config,
  sources: readonly TaskSource[],
  outside: Outside & { readonly consoleDir: string },
): Promise<Gateway> {
  const open = await openTasks(config, sources, outside);
  let state: 'starting' | 'ready' | 'draining' = 'starting';
  const streams: OpenStreams = new Set();
  const server = createServer(
    createGatewayHandler({
      tasks: open.tasks,
      metrics: open.metrics,
      streams,
      isReady: () => state === 'ready',
      isDraining: () => state === 'draining',
      consoleDir: outside.consoleDir,
      requestBytesMax: config.requestBytesMax,
      batchRowsMax: config.batchRowsMax,
      onUnexpectedError: (err) => outside.log.error('error-unexpected', { err }),
    }),
  );

  async function drain(): Promise<void> {
    state = 'draining'; // 1. /readyz says 503; answers ask their clients to close.
    await sleep(config.drainNoticeMs); // 2. Load balancers stop sending.
    for (const stream of streams) stream.end(); //  Who follows a run asks again, elsewhere.
    await stopListening(server, config.shutdownGraceMs); // 3. Requests in flight are answered.
    await open.close(); // 4. Rows that are owed to the log reach it; models are freed.
  }
  let closing: Promise<void> | undefined;

  return {
    tasks: open.tasks,
    async start() {
      await listen(server, config);
      state = 'ready';
      for (const task of open.tasks.values()) task.start();
      return server.address() as AddressInfo;
    },
    close: () => (closing ??= server.listening ? drain() : open.close()),
  };
}

async function listen(server: Server, { host, port }: Config): Promise<void> {
  server.listen(port, host);
  try {
    await once(server, 'listening');
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    const why =
      code === 'EADDRINUSE'
        ? 'another program listens there. Stop it, or set UNDERSTUDY_PORT to another port (0: any).'
        : `${String(cause)}. Set UNDERSTUDY_HOST and UNDERSTUDY_PORT to an address of its own.`;
    throw new InvalidConfigError(`Cannot listen on ${host}:${port}: ${why}`, {}, { cause });
  }
}

/** How long a connection without a request is left open, so that one on its way is not cut off. */
const idleNoticeMs = 500;

/**
 * Takes no new connections, answers what is in flight, and cuts off what is left at the deadline.
 * `http.Server.close` would also cut idle connections at once, and with them a request that a
 * client has just sent on one; here they get a moment, in which answers ask their clients to close.
 */
async function stopListening(server: Server, graceMs: number): Promise<void> {
  const stopped = new Promise<void>((resolve) => {
    NetServer.prototype.close.call(server, () => resolve());
  });
  const idle = setTimeout(() => server.closeIdleConnections(), idleNoticeMs);
  const sweep = setInterval(() => server.closeIdleConnections(), 2 * idleNoticeMs);
  const deadline = setTimeout(() => server.closeAllConnections(), graceMs);
  await stopped;
  clearTimeout(idle);
  clearInterval(sweep);
  clearTimeout(deadline);
}

/** The secret that holdout rows are drawn by, made at the first start and kept. */
async function openHoldoutKey(path: string): Promise<Uint8Array> {
  try {
    await writeFile(path, randomBytes(32), { flag: 'wx', mode: 0o600 });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
  return readFile(path);
}

function requireDifferentNames(sources: readonly TaskSource[]): void {
  const names = sources.map(({ config }) => config.name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice === undefined) return;
  throw new InvalidConfigError(`Two task files have the name "${twice}". Rename one of them.`);
}
