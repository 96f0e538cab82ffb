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
  const text = await readFile(fileOf(dataDir), 'utf8').catch(() => null);
  if (text === null) return null;
  const running = JSON.parse(text) as RunningGateway;
  if (!isAlive(running.pid)) return null; // Left behind by a gateway that was killed.
  const signal = AbortSignal.timeout(answerMsMax);
  const answer = await fetch(`${running.url}/healthz`, { signal }).catch(() => null);
  return answer?.ok === true ? running : null;
}

/** @throws {InvalidConfigError} when another gateway works on this data directory. */
export async function requireNoGateway(dataDir: string): Promise<void> {
  const running = await findRunningGateway(dataDir);
  if (running === null) return;
  throw new InvalidConfigError(
    `A gateway already works on ${dataDir}: ${running.url} (process ${running.pid}). Use it, ` +
      `stop it, or set UNDERSTUDY_DATA_DIR to another directory.`,
  );
}

export async function announceGateway(dataDir: string, url: string): Promise<void> {
  const running: RunningGateway = { url, pid: process.pid };
  await writeFile(fileOf(dataDir), JSON.stringify(running));
}

export const withdrawGateway = (dataDir: string): Promise<void> =>
  rm(fileOf(dataDir), { force: true });

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
