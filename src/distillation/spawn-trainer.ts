import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { DistillationFailedError } from '../errors.js';
import type { RunProgress } from './progress.js';

/** One line of a trainer's standard output. */
export type TrainerMessage = Pick<RunProgress, 'share' | 'message' | 'remainingMs'>;

export interface SpawnTrainerOptions {
  readonly snapshotDir: string;
  readonly outDir: string;
  readonly parentBundleDir: string | null;
  readonly seed: number;
  readonly signal: AbortSignal;
  readonly onProgress: (progress: RunProgress) => void;
}

/** Last characters of a failed trainer's standard error that are worth showing. */
const errorTailChars = 600;

/**
 * Trains in a child process: neither its memory nor its crash is the gateway's.
 *
 * @throws {DistillationFailedError} when it ends with another code than 0, or `signal` stops it.
 */
export async function spawnTrainer(options: SpawnTrainerOptions): Promise<void> {
  const { snapshotDir, outDir, parentBundleDir, seed, signal, onProgress } = options;
  const script = fileURLToPath(new URL('./trainer-process.js', import.meta.url));
  const trainer = spawn(
    process.execPath,
    [
      script,
      ...['--snapshot', snapshotDir, '--out', outDir, '--seed', String(seed)],
      ...(parentBundleDir === null ? [] : ['--parent', parentBundleDir]),
    ],
    { stdio: ['ignore', 'pipe', 'pipe'], signal, killSignal: 'SIGKILL' },
  );

  let errorTail = '';
  trainer.stderr.on('data', (chunk: Buffer) => {
    errorTail = (errorTail + chunk.toString('utf8')).slice(-errorTailChars);
  });
  createInterface({ input: trainer.stdout }).on('line', (line) => {
    const message = readMessage(line);
    if (message !== null) onProgress({ stage: 'train', ...message });
  });

  const ended = once(trainer, 'close') as Promise<[number | null, NodeJS.Signals | null]>;
  const [code, killedBy] = await ended.catch((cause: unknown) => {
    const why = signal.aborted ? 'was stopped' : `could not be started: ${String(cause)}`;
    throw new DistillationFailedError(`The trainer ${why}.`, {}, { cause });
  });
  if (code !== 0) {
    throw new DistillationFailedError(
      `The trainer ended with ${String(code ?? killedBy)}: ` +
        (errorTail.trim() || 'it said nothing.'),
    );
  }
}

/** Null for a line that is not a message: a trainer may also print for people. */
function readMessage(line: string): TrainerMessage | null {
  try {
    const { share, message, remainingMs } = JSON.parse(line) as Partial<TrainerMessage>;
    if (typeof share !== 'number' || typeof message !== 'string') return null;
    return { share, message, remainingMs: remainingMs ?? null };
  } catch {
    return null;
  }
}
