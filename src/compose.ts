import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Capture } from './capture/capture.js';
import { openSqliteCapture } from './capture/sqlite-capture.js';
import { lockDataDir } from './compose-lock.js';
import type { Config } from './config/settings.js';
import type { TaskConfig } from './config/task-config.js';
import { composeTask } from './compose-task.js';
import { InvalidConfigError } from './errors.js';
import { syncDirectory } from './files/atomic-file.js';
import { createFailureLog } from './http/failure-log.js';
import type { OpenStreams } from './http/follow-run.js';
import { createGatewayHandler } from './http/gateway-handler.js';
import { createHttpServer } from './http/http-server.js';
import { createRequestGate } from './http/request-gate.js';
import { createStopListening } from './http/stop-listening.js';
import { createProviderProber } from './onnx/provider-prober.js';
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
  await makeDataDir(dataDir);
  const lock = lockDataDir(dataDir);
  const metrics = createMetrics();
  const tasks = new Map<string, ServedTask>();
  let capture: Capture | undefined;

  async function closeAll(): Promise<void> {
    try {
      await Promise.all([...tasks.values()].map((task) => task.close()));
    } finally {
      await capture?.close(); // Only now can no task add a row: the last ones are written.
      metrics.close();
      lock.release();
    }
  }
  let closing: Promise<void> | undefined;
  const close = (): Promise<void> => (closing ??= closeAll());

  try {
    const capturePath = join(dataDir, 'capture.sqlite');
    const isNew = !existsSync(capturePath); // The key is made first: a log without one has lost it.
    const holdoutKey = await openHoldoutKey(join(dataDir, 'holdout.key'), isNew);
    capture = await openSqliteCapture({ path: capturePath, now });
    const prober = createProviderProber();
    const shared = { capture, capturePath, holdoutKey, metrics, prober, log, now, newId };
    for (const { config: taskConfig, dir: configDir } of sources) {
      const dir = join(dataDir, 'tasks', taskConfig.name);
      const task = await composeTask({ ...shared, config: taskConfig, configDir, dir });
      tasks.set(taskConfig.name, task);
    }
  } catch (error) {
    await close(); // A thread left running would keep the process alive.
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
  let state: 'starting' | 'ready' | 'leaving' = 'starting';
  const streams: OpenStreams = new Set();
  const gate = createRequestGate(
    createGatewayHandler({
      tasks: open.tasks,
      metrics: open.metrics,
      streams,
      isReady: () => state === 'ready',
      isDraining: () => state === 'leaving' && !server.listening,
      consoleDir: outside.consoleDir,
      requestBytesMax: config.requestBytesMax,
      batchRowsMax: config.batchRowsMax,
      onFailure: createFailureLog(outside.log, outside.now),
    }),
  );
  const server = createHttpServer(gate.listener);
  const stopListening = createStopListening(server, gate, () => {
    for (const stream of streams) stream.end(); // Who follows a run asks again, elsewhere.
  });

  async function drain(): Promise<void> {
    state = 'leaving'; // 1. /readyz says 503.
    await sleep(config.drainNoticeMs); // 2. Load balancers stop sending.
    // 3. The port closes; from now on answers ask their clients to close. Asked any sooner, they
    // would connect again, and keep it from closing. Requests in flight are answered.
    await stopListening(config.shutdownGraceMs);
    await open.close(); // 4. Rows that are owed to the log reach it; models are freed.
  }
  let closing: Promise<void> | undefined;
  const close = (): Promise<void> => (closing ??= server.listening ? drain() : open.close());

  return {
    tasks: open.tasks,
    async start() {
      try {
        await listen(server, config);
        for (const task of open.tasks.values()) task.start();
      } catch (error) {
        await close();
        throw error;
      }
      state = 'ready';
      return server.address() as AddressInfo;
    },
    close,
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

async function makeDataDir(dataDir: string): Promise<void> {
  await mkdir(dataDir, { recursive: true }).catch((cause: unknown) => {
    const advice = 'Set UNDERSTUDY_DATA_DIR to a directory that can be written to.';
    const message = `The data directory ${dataDir} cannot be made: ${String(cause)}. ${advice}`;
    throw new InvalidConfigError(message, { dataDir }, { cause });
  });
}

const holdoutKeyBytes = 32;

/**
 * The secret that holdout rows are drawn by, made at the first start and kept.
 *
 * @throws {InvalidConfigError} when it is damaged, or gone although there is a log.
 */
async function openHoldoutKey(path: string, isNew: boolean): Promise<Uint8Array> {
  if (isNew && !existsSync(path)) {
    const made = `${path}.tmp`; // A crash in between must not leave a key that anybody can guess.
    await writeFile(made, randomBytes(holdoutKeyBytes), { mode: 0o600, flush: true });
    await rename(made, path);
    await syncDirectory(dirname(path));
  }
  const key = existsSync(path) ? await readFile(path) : null;
  if (key?.byteLength === holdoutKeyBytes) return key;
  const problem =
    key === null ? 'is not there' : `has ${key.byteLength} bytes, not ${holdoutKeyBytes}`;
  throw new InvalidConfigError(
    `${path} ${problem}. Restore it from a backup, or start with another data directory: with ` +
      'another key, inputs that were trained on could become holdout rows.',
    { path },
  );
}

function requireDifferentNames(sources: readonly TaskSource[]): void {
  const names = sources.map(({ config }) => config.name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice === undefined) return;
  throw new InvalidConfigError(`Two task files have the name "${twice}". Rename one of them.`);
}
