import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Capture } from '../capture/capture.js';
import type { RunProgress } from '../distillation/progress.js';
import type { RunResult } from '../distillation/run-distillation.js';
import { ConflictError } from '../errors.js';
import type { RunJson } from '../http/api-types.js';
import { shareOfRun } from './run-share.js';
import type { RunStore } from './run-store.js';
import type { TaskBus } from './task-bus.js';

export interface DistillationRunsParts {
  readonly bus: TaskBus;
  readonly task: string;
  readonly store: RunStore;
  readonly capture: Capture;
  /** Directory of all runs of this task; each has its own inside. */
  readonly dir: string;
  /** Who this is, among those that share the capture log; the same after a restart. */
  readonly owner: string;
  readonly distil: (options: {
    readonly runDir: string;
    readonly onProgress: (progress: RunProgress) => void;
    readonly signal: AbortSignal;
  }) => Promise<RunResult>;
  /** Takes a judged candidate into the registry. @returns its version. */
  readonly register: (judged: Extract<RunResult, { kind: 'judged' }>) => Promise<string>;
  /** Puts an accepted candidate in front. */
  readonly promote: (version: string) => Promise<void>;
  /** The version that serves now, or null. */
  readonly serving: () => string | null;
  /** Called when a run has ended but could not tidy up after itself. */
  readonly onUntidy: (run: string, error: unknown) => void;
  readonly now: () => number;
  readonly newId: () => string;
}

export interface DistillationRuns {
  /**
   * @throws {ConflictError} while another run of the task is going on, here or elsewhere, and after
   *         `stop`.
   */
  start(trigger: RunJson['trigger']): Promise<RunJson>;
  /**
   * Stops the run that is going on and waits for its end; no other one starts. The incumbent goes
   * on serving.
   */
  stop(): Promise<void>;
}

interface Begun {
  readonly first: RunJson;
  /** Resolves when the run has ended and tidied up, whatever its end. */
  readonly done: Promise<void>;
}

const leaseTtlMs = 60_000;
/** Three chances to renew before another process may think this one dead. */
const leaseRenewMs = 20_000;
/** Newest runs whose dataset snapshot is kept; older ones keep their result only. */
const snapshotsMax = 5;

/** Runs distillations one at a time, across processes, and writes down each step. */
export function createDistillationRuns(parts: DistillationRunsParts): DistillationRuns {
  const { store, capture, owner, now } = parts;
  const lease = `distil:${parts.task}`;
  let isStopped = false;
  let isRunning = false;
  let present: { readonly done: Promise<void>; readonly stop: AbortController } | null = null;

  async function run(first: RunJson, signal: AbortSignal): Promise<void> {
    let current = first;
    const update = (change: Partial<RunJson>): Promise<void> => {
      current = { ...current, ...change };
      return store.update(current);
    };
    const renewal = setInterval(() => {
      capture.acquireLease(lease, owner, leaseTtlMs).catch(() => {}); // The next one may succeed.
    }, leaseRenewMs);
    const runDir = join(parts.dir, first.id);
    let end: Partial<RunJson>;
    try {
      await mkdir(runDir, { recursive: true });
      const onProgress = (progress: RunProgress): void => {
        const { stage, message, remainingMs } = progress;
        void update({ stage, message, remainingMs, share: shareOfRun(progress) });
      };
      end = await endOf(await parts.distil({ runDir, onProgress, signal }));
    } catch (error) {
      end = ended('failed', [error instanceof Error ? error.message : String(error)]);
    }
    clearInterval(renewal);
    const tidied = await Promise.allSettled([
      rm(join(runDir, 'candidate'), { recursive: true, force: true }),
      dropOldSnapshots(parts.dir, store),
      capture.releaseLease(lease, owner), // Or it runs out by itself.
    ]);
    isRunning = false; // Whoever hears of the end may start the next run.
    const saved = await Promise.allSettled([update({ ...end, endedAtMs: now() })]);
    // A full disk at this point must not end the gateway.
    for (const step of [...tidied, ...saved])
      if (step.status === 'rejected') parts.onUntidy(first.id, step.reason);
    parts.bus.emit('runEnded', current);
  }

  async function endOf(result: RunResult): Promise<Partial<RunJson>> {
    if (result.kind === 'too-early') return ended('skipped', result.reasons);
    const { evaluation, isAccepted } = result;
    const version = await parts.register(result);
    const about = { candidateVersion: version, evaluation };
    if (!isAccepted) {
      const failed = evaluation.gates.filter(({ isPassed }) => !isPassed);
      return {
        ...about,
        ...ended(
          'rejected',
          failed.map(({ reason }) => reason),
        ),
      };
    }
    const judgedBeside = evaluation.incumbent?.version ?? null;
    const servingNow = parts.serving();
    if (servingNow !== judgedBeside) {
      const reason =
        `${servingNow ?? 'No student'} serves since; the candidate was judged beside ` +
        `${judgedBeside ?? 'none'}. Start another run, or promote ${version} by its name.`;
      return { ...about, ...ended('rejected', [reason]) };
    }
    await parts.promote(version);
    return { ...about, ...ended('promoted', []) };
  }

  async function begin(trigger: RunJson['trigger'], signal: AbortSignal): Promise<Begun> {
    if (!(await capture.acquireLease(lease, owner, leaseTtlMs))) {
      const where = `another process, or in one killed less than ${leaseTtlMs / 1000} s ago`;
      throw new ConflictError(`A distillation of ${parts.task} is going on in ${where}.`);
    }
    const first = firstStep(parts.newId(), trigger, now());
    await store.update(first);
    parts.bus.emit('runStarted', first);
    const done = run(first, signal).catch((error: unknown) => parts.onUntidy(first.id, error));
    return { first, done };
  }

  return {
    async start(trigger) {
      if (isStopped) throw new ConflictError('The gateway stops: no run starts any more.');
      if (isRunning)
        throw new ConflictError(
          `A distillation of ${parts.task} is going on already. Follow it, or wait.`,
        );
      isRunning = true; // Before the first wait: two callers at once must not both start.
      const stop = new AbortController();
      const begun = begin(trigger, stop.signal);
      present = { stop, done: begun.then(({ done }) => done).catch(() => {}) };
      try {
        return (await begun).first;
      } catch (error) {
        isRunning = false;
        await capture.releaseLease(lease, owner).catch(() => {}); // Nothing, if it is another's.
        throw error;
      }
    },
    async stop() {
      isStopped = true;
      present?.stop.abort();
      await present?.done;
    },
  };
}

const firstStep = (id: string, trigger: RunJson['trigger'], startedAtMs: number): RunJson => ({
  id,
  trigger,
  state: 'running',
  startedAtMs,
  endedAtMs: null,
  stage: 'snapshot',
  share: 0,
  message: 'Starting',
  remainingMs: null,
  candidateVersion: null,
  evaluation: null,
  reasons: [],
});

const endMessages = {
  promoted: 'Promoted: the new student serves.',
  rejected: 'Rejected: the present student goes on.',
  skipped: 'Nothing to do yet.',
  failed: 'Failed: the present student goes on.',
} as const;

const ended = (state: keyof typeof endMessages, reasons: readonly string[]): Partial<RunJson> => ({
  state,
  reasons,
  share: 1,
  remainingMs: null,
  message: endMessages[state],
});

async function dropOldSnapshots(dir: string, store: RunStore): Promise<void> {
  const kept = new Set(
    store
      .list()
      .slice(0, snapshotsMax)
      .map(({ id }) => id),
  );
  const entries = await readdir(dir).catch(() => []);
  await Promise.all(
    entries
      .filter((id) => !kept.has(id))
      .map((id) => rm(join(dir, id, 'snapshot'), { recursive: true, force: true })),
  );
}
