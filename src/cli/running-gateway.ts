import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { InvalidConfigError } from '../errors.js';

/** Where a gateway says that it works on a data directory, and where it listens. */
export interface RunningGateway {
  readonly url: string;
  readonly pid: number;
}

const fileOf = (dataDir: string): string => join(dataDir, 'gateway.json');
const answerMsMax = 2_000;

/** @returns the gateway that works on this data directory now, or null. */
export async function findRunningGateway(dataDir: string): Promise<RunningGateway | null> {
  const running = await readAnnounced(dataDir);
  if (running === null || !isAlive(running.pid)) return null; // Left behind by a killed gateway.
  const signal = AbortSignal.timeout(answerMsMax);
  const answer = await fetch(`${running.url}/healthz`, { signal }).catch(() => null);
  return answer?.ok === true ? running : null;
}

/**
 * Says where the running gateway is, where there is one; the lock of the data directory would only
 * say that there is one.
 *
 * @throws {InvalidConfigError} when another gateway works on this data directory.
 */
export async function requireNoGateway(dataDir: string): Promise<void> {
  const running = await findRunningGateway(dataDir);
  if (running === null) return;
  throw new InvalidConfigError(
    `A gateway already works on ${dataDir}: ${running.url} (process ${running.pid}). Use it, ` +
      `stop it, or set UNDERSTUDY_DATA_DIR to another directory.`,
  );
}

/** Writes down in the data directory where the gateway of this process listens. */
export async function announceGateway(dataDir: string, url: string): Promise<void> {
  const running: RunningGateway = { url, pid: process.pid };
  await writeFile(fileOf(dataDir), JSON.stringify(running));
}

/** Unless the next gateway has announced itself already. */
export async function withdrawGateway(dataDir: string): Promise<void> {
  const running = await readAnnounced(dataDir);
  if (running?.pid === process.pid) await rm(fileOf(dataDir), { force: true });
}

/** @returns null also for a file that is being written at this moment. */
async function readAnnounced(dataDir: string): Promise<RunningGateway | null> {
  try {
    return JSON.parse(await readFile(fileOf(dataDir), 'utf8')) as RunningGateway;
  } catch {
    return null;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
