import { join } from 'node:path';
import type { Capture } from '../capture/capture.js';
import type { RunProgress } from '../distillation/progress.js';
import { ConflictError, DistillationFailedError } from '../errors.js';
import type { RunJson } from '../http/api-types.js';
import { clearRuns, type KeptOfRuns } from './clear-runs.js';
import { endOfRun, type RunEndParts } from './run-end.js';
import { holdRunLease, leaseTtlMs, renewRunLease } from './run-lease.js';
import { shareOfRun } from './run-share.js';
import type { RunFindings } from './run-page.js';
import type { RunStore } from './run-store.js';
import type { TaskBus } from './task-bus.js';

export interface DistillationRunsParts extends RunEndParts {
  readonly bus: TaskBus;
  readonly task: string;
  readonly store: RunStore;
  readonly capture: Capture;
  /** Directory of all runs of this task; each has its own inside. */
  readonly dir: string;
  /** Who this is, among those that share the capture log; the same after a restart. */
  readonly owner: string;
  /** Writes the page of a run that has ended. */
  readonly writePage: (runDir: string, run: RunJson & RunFindings) => Promise<void>;
  /** Called when a run has ended but could not tidy up after itself. */
  readonly onUntidy: (run: string, error: unknown) => void;
  readonly now: () => number;
  readonly newId: () => string;
}

export interface StartOptions {
  /** The version to make a smaller one of; absent: the run distils. */
  readonly compressed?: string;
}

export interface DistillationRuns {
  /**
   * @throws {ConflictError} while another run of the task is going on, here or elsewhere, and after
   *         `stop`.
   */
  start(trigger: RunJson['trigger'], options?: StartOptions): Promise<RunJson>;
  /**
   * Ends a run as `failed`; the incumbent goes on serving.
   *
   * @returns the run, ended.
   * @throws {NotFoundError} for an unknown run.
   * @throws {ConflictError} for one that has ended, or that another process is at.
   */
  cancel(id: string): Promise<RunJson>;
  /**
   * Stops the run that is going on and waits for its end; no other one starts. The incumbent goes
   * on serving.
   */
  stop(): Promise<void>;
}

interface Present {
  readonly stop: AbortController;
  readonly started: Promise<Started>;
  readonly done: Promise<void>;
}

interface Started {
  readonly first: RunJson;
  /** Resolves when the run has ended and tidied up, whatever its end. */
  readonly done: Promise<void>;
}

/** Newest runs whose dataset snapshot is kept; older ones keep their result only. */
const snapshotsMax = 5;

/** Runs distillations one at a time, across processes, and writes down each step. */
export function createDistillationRuns(parts: DistillationRunsParts): DistillationRuns {
  const { store, capture, owner, now } = parts;
  let isStopped = false;
  let isRunning = false;
  let present: Present | null = null;

  async function run(
    first: RunJson,
    signal: AbortSignal,
    giveBack: () => Promise<void>,
  ): Promise<void> {
    const steps = writeSteps(first, store);
    const runDir = join(parts.dir, first.id);
    const compressed = first.compresses ?? null;
    const { onProgress } = steps;
    const { trigger } = first;
    const options = { runDir, compressed, trigger, onProgress, signal };
    const how = await endOfRun(whileHeld(parts), options);
    const { end, page } = await writeDown(parts, runDir, { ...how, run: steps.last() });
    const tidied = await Promise.allSettled([clearRuns(parts.dir, keptOf(store)), giveBack()]);
    isRunning = false; // Whoever hears of the end may start the next run.
    const saved = await Promise.allSettled([steps.update(end)]);
    // A full disk at this point must not end the gateway.
    for (const step of [page, ...tidied, ...saved])
      if (step.status === 'rejected') parts.onUntidy(first.id, step.reason);
    parts.bus.emit('runEnded', steps.last());
  }

  async function startRun(begun: RunBegin, stop: AbortController): Promise<Started> {
    const onLost = (): void => stop.abort(takenElsewhere(parts.task));
    const giveBack = await holdRunLease({ capture, task: parts.task, owner, onLost });
    if (giveBack === null) throw goesOnElsewhere(parts.task);
    const first = { ...firstStep, ...begun, id: parts.newId(), startedAtMs: now() };
    try {
      await store.update(first);
    } catch (error) {
      await giveBack().catch(() => {}); // It runs out by itself.
      throw error;
    }
    parts.bus.emit('runStarted', first);
    const done = run(first, stop.signal, giveBack).catch((error: unknown) =>
      parts.onUntidy(first.id, error),
    );
    return { first, done };
  }

  return {
    async start(trigger, { compressed } = {}) {
      if (isStopped) throw new ConflictError('The gateway stops: no run starts any more.');
      if (isRunning) throw goesOnHere(parts.task);
      isRunning = true; // Before the first wait: two callers at once must not both start.
      const stop = new AbortController();
      const begun = { trigger, ...(compressed === undefined ? {} : { compresses: compressed }) };
      const started = startRun(begun, stop);
      present = { stop, started, done: started.then(({ done }) => done).catch(() => {}) };
      try {
        return (await started).first;
      } catch (error) {
        isRunning = false;
        throw error;
      }
    },
    cancel: (id) => cancelRun(id, present, parts),
    async stop() {
      isStopped = true;
      present?.stop.abort();
      await present?.done;
    },
  };
}

async function cancelRun(
  id: string,
  present: Present | null,
  { store, task }: DistillationRunsParts,
): Promise<RunJson> {
  const { state } = store.get(id);
  if (state !== 'running')
    throw new ConflictError(`Run ${id} has ended already: ${state}.`, {}, { isRetryable: false });
  const own = present !== null && (await present.started).first.id === id ? present : null;
  if (own === null) throw goesOnElsewhere(task);
  own.stop.abort(new DistillationFailedError('The run was cancelled.'));
  await own.done;
  return store.get(id);
}

const goesOnHere = (task: string): ConflictError =>
  new ConflictError(
    `A run of ${task} is going on already. Wait for its end, or cancel it: ` +
      `understudy cancel ${task}.`,
  );

function goesOnElsewhere(task: string): ConflictError {
  const where = `another process, or in one killed less than ${leaseTtlMs / 1000} s ago`;
  return new ConflictError(`A run of ${task} is going on in ${where}.`);
}

/** A process that stood still hears of its run's end before it has asked for the lease again. */
function whileHeld(parts: DistillationRunsParts): RunEndParts {
  const { capture, task, owner } = parts;
  return {
    ...parts,
    register: async (judged) => {
      if (!(await renewRunLease(capture, task, owner))) throw takenElsewhere(task);
      return parts.register(judged);
    },
  };
}

function takenElsewhere(task: string): DistillationFailedError {
  const why = `this process did not renew it for ${leaseTtlMs / 1000} s or more`;
  return new DistillationFailedError(
    `Stopped: another process has taken the lease of the runs of ${task}, for ${why}.`,
  );
}

/** Writes the page of a run that has ended. @returns what is to be kept of the run itself. */
async function writeDown(
  { writePage, now }: DistillationRunsParts,
  runDir: string,
  { run, details, curve, ...changes }: Partial<RunJson> & RunFindings & { readonly run: RunJson },
) {
  const ended = { ...changes, endedAtMs: now() };
  const [page] = await Promise.allSettled([
    writePage(runDir, { ...run, ...ended, details, curve }),
  ]);
  return { page, end: { ...ended, hasPage: page.status === 'fulfilled' } };
}

/** Writes down what a run has come to, step by step. */
function writeSteps(first: RunJson, store: RunStore) {
  let last = first;
  const update = (change: Partial<RunJson>): Promise<void> => {
    last = { ...last, ...change };
    return store.update(last);
  };
  const onProgress = (progress: RunProgress): void => {
    const { stage, message, remainingMs } = progress;
    void update({ stage, message, remainingMs, share: shareOfRun(progress) });
  };
  return { update, onProgress, last: () => last };
}

type RunBegin = Pick<RunJson, 'trigger' | 'compresses'>;

const firstStep = {
  state: 'running',
  endedAtMs: null,
  stage: 'snapshot',
  share: 0,
  message: 'Starting',
  remainingMs: null,
  candidateVersion: null,
  evaluation: null,
  dataset: null,
  teacherCheck: null,
  hasPage: false,
  reasons: [],
} as const satisfies Partial<RunJson>;

/** Snapshots of the newest runs, and pages of all that are remembered. */
function keptOf(store: RunStore): KeptOfRuns {
  const ids = store.list().map(({ id }) => id);
  const [newest, remembered] = [new Set(ids.slice(0, snapshotsMax)), new Set(ids)];
  return { keepsSnapshot: (id) => newest.has(id), keepsPage: (id) => remembered.has(id) };
}
