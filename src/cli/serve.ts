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
import { checkDatabase } from '../compose-capture.js';
import { allOrProblems } from '../config/all-problems.js';
import type { LogLevel } from '../telemetry/log.js';
import { createLog, silentLog } from '../telemetry/log.js';
import { readKeys } from '../keys/open-keys.js';
import { isLoopback } from '../http/is-loopback.js';
import { repositoryRoot } from '../files/repository-root.js';
import { loadSettings, type LoadedSettings } from './load-settings.js';
import { announceGateway, requireNoGateway, withdrawGateway } from './running-gateway.js';
import { summaryOf } from './start-summary.js';

export interface ServeOptions {
  readonly config?: string;
  readonly port?: string;
  readonly workers?: string;
  readonly dataDir?: string;
  /** Opens everything, says whether it is fine, and ends; leaves the data directory alone. */
  readonly check?: boolean;
}

/** Clock, ids, log and environment of a real process. */
export function outsideOf(level: LogLevel): Outside {
  const standardError = destination({ fd: 2, sync: true });
  const log = level === 'silent' ? silentLog : createLog(level, standardError);
  return { log, now: () => Date.now(), newId: () => randomUUID(), env: process.env };
}

/** `understudy serve`: runs the gateway until SIGTERM or SIGINT, then drains. */
export async function serve(options: ServeOptions): Promise<void> {
  const flags = {
    UNDERSTUDY_PORT: options.port,
    UNDERSTUDY_WORKERS: options.workers,
    UNDERSTUDY_DATA_DIR: options.dataDir,
  };
  const settings = loadSettings({ file: options.config, flags });
  if (options.check === true) return check(settings);

  const { config, sources } = settings;
  const outside = outsideOf(config.logLevel);
  await requireNoGateway(config.dataDir);
  const consoleDir = join(repositoryRoot(), 'dist', 'console');
  const gateway = await composeGateway(config, sources, { ...outside, consoleDir });
  const address = await gateway.start();
  const stopped = untilStopped(gateway); // From the first request on, a signal drains.
  const url = `http://${shownHost(config.host)}:${address.port}`;
  await announceGateway(config.dataDir, url);
  const served = sources.map(async (source) => ({
    task: await gateway.tasks.get(source.config.name)!.describe(),
    exampleFile: exampleOf(source),
  }));
  const access = { keysFile: config.keysFile, isLocal: isLoopback(address) };
  console.log(summaryOf(url, await Promise.all(served), access));
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

/** Works in an empty directory of its own: the data directory, used or not, stays as it is. */
async function check({ config, sources }: LoadedSettings): Promise<void> {
  if (config.keysFile !== null) await readKeys(config.keysFile);
  await checkDatabase(config);
  const dataDir = await mkdtemp(join(tmpdir(), 'understudy-check-'));
  try {
    const open = await openTasks({ dataDir }, sources, outsideOf('silent'));
    try {
      // Read only when the page asks for them; a start does not.
      await allOrProblems([...open.tasks.values()].map((task) => task.samples(0, 1)));
      for (const task of open.tasks.values())
        for (const { why } of (await task.describe()).refusedProviders)
          console.log(`note     ${task.spec.name}: ${why}`);
    } finally {
      await open.close();
    }
  } finally {
    await rm(dataDir, { recursive: true, force: true });
  }
  const names = sources.map((source) => source.config.name).join(', ');
  console.log(`The configuration is fine. Tasks: ${names}.`);
}

/**
 * The first signal drains, a second one ends the process at once. A parent that goes (it may itself
 * have sent the first) starts the draining too, and never cuts it short.
 */
function untilStopped(gateway: Gateway): Promise<void> {
  return new Promise((resolve, reject) => {
    let isStopping = false;
    const drain = (why: string): void => {
      isStopping = true;
      console.log(`${why}: finishing what is in flight (a signal now ends at once) ...`);
      gateway.close().then(resolve, reject);
    };
    const stop = (signal: NodeJS.Signals): void => {
      if (isStopping) process.exit(1);
      drain(signal);
    };
    process.on('SIGTERM', stop);
    process.on('SIGINT', stop);
    process.on('disconnect', () => {
      if (!isStopping) drain('The process that started this one has gone');
    });
  });
}
