import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { destination } from 'pino';
import {
  composeGateway,
  openTasks,
  type Gateway,
  type Outside,
  type TaskSource,
} from '../compose.js';
import type { LogLevel } from '../telemetry/log.js';
import { createLog, silentLog } from '../telemetry/log.js';
import { repositoryRoot } from '../files/repository-root.js';
import { loadSettings, type LoadedSettings } from './load-settings.js';
import {
  announceGateway,
  findRunningGateway,
  requireNoGateway,
  withdrawGateway,
} from './running-gateway.js';
import { summaryOf } from './start-summary.js';

export interface ServeOptions {
  readonly config?: string;
  readonly port?: string;
  readonly dataDir?: string;
  /** Opens everything, says whether it is fine, and ends. */
  readonly check?: boolean;
}

/** Clock, ids and log of a real process. */
export function outsideOf(level: LogLevel): Outside {
  const standardError = destination({ fd: 2, sync: true });
  const log = level === 'silent' ? silentLog : createLog(level, standardError);
  return { log, now: () => Date.now(), newId: () => randomUUID() };
}

/** `understudy serve`: runs the gateway until SIGTERM or SIGINT, then drains. */
export async function serve(options: ServeOptions): Promise<void> {
  const flags = { UNDERSTUDY_PORT: options.port, UNDERSTUDY_DATA_DIR: options.dataDir };
  const settings = loadSettings({ file: options.config, flags });
  if (options.check === true) return check(settings);

  const { config, sources } = settings;
  const outside = outsideOf(config.logLevel);
  await requireNoGateway(config.dataDir);
  const consoleDir = join(repositoryRoot(), 'dist', 'console');
  const gateway = await composeGateway(config, sources, { ...outside, consoleDir });
  const { port } = await gateway.start();
  const stopped = untilStopped(gateway); // From the first request on, a signal drains.
  const url = `http://${shownHost(config.host)}:${port}`;
  await announceGateway(config.dataDir, url);
  const served = sources.map(async (source) => ({
    task: await gateway.tasks.get(source.config.name)!.describe(),
    exampleFile: exampleOf(source),
  }));
  console.log(summaryOf(url, await Promise.all(served)));
  process.send?.({ url }); // For a parent process that waits for it, as `demo` does.
  await stopped;
  await withdrawGateway(config.dataDir);
  process.removeAllListeners('disconnect');
  // An open channel to a parent would keep this process alive.
  if (process.connected) process.disconnect();
}

function shownHost(host: string): string {
  if (['0.0.0.0', '::', '127.0.0.1'].includes(host)) return 'localhost';
  return host.includes(':') ? `[${host}]` : host;
}

function exampleOf({ dir }: TaskSource): string | null {
  const file = join(dir, 'example-request.json');
  return existsSync(file) ? relative(process.cwd(), file) : null;
}

/** Beside a running gateway, which has the data directory to itself, it works in an empty one. */
async function check({ config, sources }: LoadedSettings): Promise<void> {
  const running = await findRunningGateway(config.dataDir);
  const scratchDir = await mkdtemp(join(tmpdir(), 'understudy-check-'));
  try {
    const dataDir = running === null ? config.dataDir : scratchDir;
    const open = await openTasks({ dataDir }, sources, outsideOf('silent'));
    await open.close();
  } finally {
    await rm(scratchDir, { recursive: true, force: true });
  }
  const names = sources.map((source) => source.config.name).join(', ');
  console.log(`The configuration is fine. Tasks: ${names}.`);
}

/** The first signal drains, a second one ends the process at once. */
function untilStopped(gateway: Gateway): Promise<void> {
  return new Promise((resolve, reject) => {
    let isStopping = false;
    const stop = (signal: NodeJS.Signals): void => {
      if (isStopping) process.exit(1);
      isStopping = true;
      console.log(`${signal}: finishing what is in flight (once more ends at once) ...`);
      gateway.close().then(resolve, reject);
    };
    process.on('SIGTERM', stop);
    process.on('SIGINT', stop);
    process.on('disconnect', () => stop('SIGTERM')); // The parent process has gone.
  });
}
