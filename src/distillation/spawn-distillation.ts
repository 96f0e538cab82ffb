import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { DistillationFailedError } from '../errors.js';
import { lastWordsOf } from '../files/last-words.js';
import type { DistillationJob, DistillationMessage } from './distillation-job.js';
import type { RunProgress } from './progress.js';
import type { RunResult } from './run-distillation.js';
import { cleanUpMsMax } from './trainer-end.js';

/** A run that has told its trainer to end is killed after so long, ms. */
const stopMsMax = cleanUpMsMax + 2000;

export interface SpawnDistillationOptions {
  /** Compiled entry of the process, which takes a job as its first message. */
  readonly entry: string;
  readonly job: DistillationJob;
  /** What its process, and a trainer that it starts, find in theirs; absent: all of this one. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly onProgress: (progress: RunProgress) => void;
  readonly signal: AbortSignal;
}

/**
 * Makes a run in a child process: reading, training and judging a dataset takes neither the
 * gateway's event loop nor its memory, and its crash is not the gateway's.
 *
 * @throws {DistillationFailedError} when it fails, crashes, or `signal` stops it.
 */
export async function spawnDistillation(options: SpawnDistillationOptions): Promise<RunResult> {
  const { entry, job, env, onProgress, signal } = options;
  if (signal.aborted) throw new DistillationFailedError('The run was stopped.');
  // It leads a process group: a trainer that it has started ends with it.
  const child = fork(entry, [], {
    ...{ stdio: ['ignore', 'ignore', 'pipe', 'ipc'], detached: true },
    ...(env === undefined ? {} : { env }),
  });
  let killing: NodeJS.Timeout | undefined;
  const stop = (): void => {
    if (job.limits.trainer.kind === 'embedded') return void killGroup(child);
    // A trainer may have to clean up elsewhere; where none runs, this ends the process at once.
    child.kill('SIGTERM');
    killing = setTimeout(() => killGroup(child), stopMsMax);
  };
  signal.addEventListener('abort', stop, { once: true });

  const lastWords = lastWordsOf(child.stderr!);
  let end: Exclude<DistillationMessage, { kind: 'progress' }> | null = null;
  child.on('message', (message: DistillationMessage) => {
    if (message.kind === 'progress') onProgress(message.progress);
    else end = message;
  });
  child.send(job, () => {}); // A child that cannot take it ends, and that is heard below.

  const ended = once(child, 'close') as Promise<[number | null, NodeJS.Signals | null]>;
  const [code, killedBy] = await ended.catch((cause: unknown) => {
    throw new DistillationFailedError(`The run cannot start: ${String(cause)}`, {}, { cause });
  });
  signal.removeEventListener('abort', stop);
  clearTimeout(killing);
  killGroup(child); // What a trainer, or a crash, has left behind.
  const said = lastWords().trim();
  const how = `${String(code ?? killedBy)}${said === '' ? ', and said nothing.' : `: ${said}`}`;
  return resultOf(end, signal.aborted, how);
}

function killGroup({ pid }: ChildProcess): void {
  if (pid === undefined) return; // It never started.
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // Nobody is left in it.
  }
}

function resultOf(
  end: Exclude<DistillationMessage, { kind: 'progress' }> | null,
  isStopped: boolean,
  lastWords: string,
): RunResult {
  if (isStopped) throw new DistillationFailedError('The run was stopped.');
  if (end === null) throw new DistillationFailedError(`The run's process ended with ${lastWords}`);
  if (end.kind === 'failed') throw new DistillationFailedError(end.reason);
  return end.result;
}
