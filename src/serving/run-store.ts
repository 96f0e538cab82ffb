import { mkdir, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { RunJson } from '../http/api-types.js';
import { NotFoundError } from '../errors.js';
import { replaceFile } from '../files/atomic-file.js';
import { clearRuns } from './clear-runs.js';

export interface RunStore {
  /** Newest first. */
  list(): readonly RunJson[];
  /** @throws {NotFoundError} */
  get(id: string): RunJson;
  /** Keeps a step of a run, tells its followers, and writes it down when it has ended. */
  update(run: RunJson): Promise<void>;
  /** Calls `listener` now and at each step; the result stops it. */
  follow(id: string, listener: (run: RunJson) => void): () => void;
}

/** Runs kept in memory; older ones stay on disk. */
const runsMax = 100;

/**
 * Opens the history of distillation runs under `dir`. A run that was still running when its process
 * ended is written down as failed, and what it left is cleared: the next run starts afresh.
 *
 * @param onDamaged  called with each file that cannot be read, which is left out, or not be tidied
 *                   up: this is history, and no reason not to serve.
 */
export async function openRunStore(
  dir: string,
  nowMs: number,
  onDamaged: (path: string, error: unknown) => void = () => {},
): Promise<RunStore> {
  await mkdir(dir, { recursive: true });
  const runs = new Map<string, RunJson>();
  const followers = new Map<string, Set<(run: RunJson) => void>>();
  const newestFirst = (): RunJson[] =>
    [...runs.values()].sort((a, b) => b.startedAtMs - a.startedAtMs);

  function keep(run: RunJson): void {
    runs.set(run.id, run);
    for (const { id } of newestFirst().slice(runsMax)) runs.delete(id);
  }
  for (const run of await readRuns(dir, onDamaged)) {
    const last = run.state === 'running' ? interrupted(run, nowMs) : run;
    if (last !== run) await writeRun(dir, last).catch((error: unknown) => onDamaged(dir, error));
    keep(last);
  }
  await clearRuns(dir, { keepsSnapshot: () => true, keepsPage: () => true }).catch(
    (error: unknown) => onDamaged(dir, error),
  );

  function get(id: string): RunJson {
    const run = runs.get(id);
    if (run === undefined)
      throw new NotFoundError(`There is no run "${id}". GET .../distillations lists them.`, { id });
    return run;
  }

  return {
    list: newestFirst,
    get,
    async update(run) {
      if (!runs.has(run.id)) {
        await writeRun(dir, run); // A run that cannot be written down does not start.
        keep(run);
        return;
      }
      runs.set(run.id, run);
      for (const listener of followers.get(run.id) ?? []) listener(run);
      if (run.state !== 'running') await writeRun(dir, run);
    },
    follow(id, listener) {
      const run = get(id);
      const listeners = followers.get(id) ?? new Set();
      followers.set(id, listeners.add(listener));
      listener(run);
      return () => {
        listeners.delete(listener);
        if (listeners.size === 0) followers.delete(id);
      };
    },
  };
}

async function readRuns(
  dir: string,
  onDamaged: (path: string, error: unknown) => void,
): Promise<RunJson[]> {
  const entries = await readdir(dir, { withFileTypes: true });
  const runs = await Promise.all(
    entries
      .filter((entry) => entry.isDirectory())
      .map(async ({ name }) => {
        const path = join(dir, name, 'run.json');
        try {
          return JSON.parse(await readFile(path, 'utf8')) as RunJson;
        } catch (error) {
          // Without that file it is the directory of a run that never started.
          if ((error as NodeJS.ErrnoException).code !== 'ENOENT') onDamaged(path, error);
          return null;
        }
      }),
  );
  return runs.filter((run) => run !== null);
}

async function writeRun(dir: string, run: RunJson): Promise<void> {
  await mkdir(join(dir, run.id), { recursive: true });
  const path = join(dir, run.id, 'run.json');
  await replaceFile(path, { text: JSON.stringify(run, null, 2), temporary: `${path}.tmp` });
}

const interrupted = (run: RunJson, nowMs: number): RunJson => ({
  ...run,
  state: 'failed',
  endedAtMs: run.endedAtMs ?? nowMs,
  remainingMs: null,
  message: 'The gateway stopped during this run.',
  reasons: ['The gateway stopped during this run. Start it again; no captured row was lost.'],
});
