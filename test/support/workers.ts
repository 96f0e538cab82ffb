import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { startGatewayProcess, type GatewayProcess } from './gateway-process.js';
import { until } from './until.js';

export const workersOf2 = { UNDERSTUDY_WORKERS: '2' } as const;

type StartOptions = Parameters<typeof startGatewayProcess>[0];

/** Starts `serve --workers 2` on a free port. */
export const startWorkers = (options: StartOptions): Promise<GatewayProcess> =>
  startGatewayProcess({ ...options, env: { ...workersOf2, ...options.env } });

/** Processes of workers that a process has forked and that have not ended. (Linux.) */
export function workerPidsOf(pid: number): readonly number[] {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return pids.filter((name) => isWorkerOf(name, pid)).map(Number);
}

function isWorkerOf(name: string, pid: number): boolean {
  try {
    const afterName = readFileSync(join('/proc', name, 'stat'), 'utf8').split(') ')[1]!;
    const [state, parent] = afterName.split(' ');
    const command = readFileSync(join('/proc', name, 'cmdline'), 'utf8');
    return state !== 'Z' && Number(parent) === pid && command.includes('cluster-worker');
  } catch {
    return false; // It has just ended.
  }
}

/** False also for one that has ended and that nobody has asked after: it does nothing any more. */
export function isAlive(pid: number): boolean {
  try {
    const stat = readFileSync(join('/proc', String(pid), 'stat'), 'utf8');
    return !stat.split(') ')[1]!.startsWith('Z');
  } catch {
    return false;
  }
}

export const untilWorkers = (gateway: GatewayProcess, count: number): Promise<void> =>
  until(`there are ${count} workers`, () => workerPidsOf(gateway.child.pid!).length === count);

/** A page of metrics, by name and labels as they are written there. */
export async function scrape(url: string): Promise<ReadonlyMap<string, number>> {
  const text = await (await fetch(`${url}/metrics`)).text();
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return new Map(
    lines.map((line) => {
      const space = line.lastIndexOf(' ');
      return [line.slice(0, space), Number(line.slice(space + 1))] as const;
    }),
  );
}

/** The sum of all series of a metric whose labels have these parts. */
export function sumOf(
  page: ReadonlyMap<string, number>,
  name: string,
  labels: readonly string[] = [],
): number {
  let sum = 0;
  for (const [series, value] of page)
    if (series.startsWith(`${name}{`) && labels.every((label) => series.includes(label)))
      sum += value;
  return sum;
}

/** Predictions that were answered with 200, by the metrics. */
export const countedPredictions = (page: ReadonlyMap<string, number>): number =>
  sumOf(page, 'understudy_http_requests_total', ['path="predict"', 'status="200"']);
