import { availableParallelism } from 'node:os';
import type { WorkerTaskSeed } from '../serving/worker-support.js';

/** Threads of one model: more than these share the memory's bandwidth. */
const lanesMax = 4;

/** What one of several workers gets of what a task may use. One core stays with the primary. */
export function workerShareOf(
  seed: WorkerTaskSeed,
  {
    workers,
    cores = availableParallelism(),
  }: { readonly workers: number; readonly cores?: number },
): WorkerTaskSeed {
  const ownLanes = Math.min(lanesMax, Math.max(1, Math.floor((cores - 1) / workers)));
  const { studentSettings, cacheBytesMax, recentBytesMax } = seed;
  return {
    ...seed,
    studentSettings: { ...studentSettings, lanes: studentSettings.lanes ?? ownLanes },
    cacheBytesMax: Math.floor(cacheBytesMax / workers),
    recentBytesMax: Math.floor(recentBytesMax / workers),
  };
}
