import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Capture } from '../capture/capture.js';
import type { DatasetManifest } from '../distillation/dataset.js';
import type { RunJson } from '../http/api-types.js';

export interface RetentionParts {
  readonly task: string;
  readonly retentionDays: number;
  readonly capture: Pick<Capture, 'eraseBefore' | 'clearOldPages'>;
  readonly runsDir: string;
  readonly runs: () => readonly RunJson[];
  readonly now: () => number;
  readonly onFailed: (error: unknown) => void;
}

const dayMs = 86_400_000;
const everyMs = 3_600_000;
/** Other commits wait for so many rows at most. */
const rowsAtOnce = 500;

/** Erases what is too old now, and every hour. @returns stops it, and waits for what is begun. */
export function startRetention(parts: RetentionParts): () => Promise<void> {
  let isStopped = false;
  let present = Promise.resolve();
  function sweep(): void {
    present = eraseOld({ ...parts, isStopped: () => isStopped }).catch(parts.onFailed);
  }
  const timer = setInterval(sweep, everyMs);
  timer.unref();
  sweep();
  return async () => {
    isStopped = true;
    clearInterval(timer);
    await present;
  };
}

/** Erases rows from before the retention, and snapshots that have some, but for a run going on. */
export async function eraseOld(
  parts: Omit<RetentionParts, 'onFailed'> & { readonly isStopped?: () => boolean },
): Promise<void> {
  const { task, retentionDays, capture, runsDir, now, isStopped = () => false } = parts;
  const beforeMs = now() - retentionDays * dayMs;
  while (!isStopped() && (await capture.eraseBefore(task, beforeMs, rowsAtOnce)) === rowsAtOnce);
  await capture.clearOldPages(); // Those that somebody reads go the next time.
  const present = parts.runs().find(({ state }) => state === 'running')?.id;
  for (const run of await readdir(runsDir)) {
    if (isStopped()) return;
    const snapshot = join(runsDir, run, 'snapshot');
    const firstMs = await firstRowMs(snapshot);
    if (run !== present && firstMs !== null && firstMs < beforeMs)
      await rm(snapshot, { recursive: true, force: true });
  }
}

/** When the oldest captured row of a snapshot came; null without a snapshot or such rows. */
async function firstRowMs(snapshot: string): Promise<number | null> {
  const text = await readFile(join(snapshot, 'manifest.json'), 'utf8').catch(() => null);
  if (text === null) return null;
  return (JSON.parse(text) as DatasetManifest).timeSpanMs?.first ?? null;
}
