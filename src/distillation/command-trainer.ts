import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { z } from 'zod';
import { DistillationFailedError } from '../errors.js';
import { lastWordsOf } from '../files/last-words.js';
import type { TrainOptions } from './train-bundle.js';
import { endOfTrainer } from './trainer-end.js';

/** The same contract as `embedded`, kept by any program. */
export interface CommandTrainerOptions extends TrainOptions {
  /** Program and arguments of its own. */
  readonly command: readonly string[];
  /** Directory that it is started in: that of the task file. */
  readonly cwd: string;
  readonly minutesMax: number;
}

/** A line of standard output that is JSON and like this tells how far it is. */
const progressLine = z.object({
  share: z.number().min(0).max(1),
  message: z.string(),
  remainingMs: z.number().min(0).nullable().default(null),
});

/**
 * Has a program train: `<command> --snapshot DIR --out DIR --seed N [--parent DIR]`. It reads the
 * snapshot (`dataset.ts`), writes a bundle into `--out`, which it makes, and exits with 0. Lines of
 * its standard output may tell its progress; other lines are nobody's.
 *
 * It belongs to the process group of the run, and ends with it; see `endOfTrainer`.
 *
 * @throws {DistillationFailedError} when it cannot start, fails, is stopped, or takes too long;
 *         with the end of its standard error.
 */
export async function runTrainer(options: CommandTrainerOptions): Promise<void> {
  const { command, cwd, minutesMax } = options;
  const [program, ...own] = command;
  const child = spawn(program!, [...own, ...argumentsOf(options)], {
    cwd,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const lastWords = lastWordsOf(child.stderr);
  tellProgress(child, options.onProgress);
  const { how, cut } = await endOfTrainer(child, minutesMax * 60_000).catch((cause: unknown) => {
    const words = `The trainer "${program}" cannot start in ${cwd}: ${String(cause)}`;
    throw new DistillationFailedError(words, {}, { cause });
  });
  if (cut === 'too-long')
    throw failure(`took longer than trainer.minutesMax, ${minutesMax}`, lastWords());
  if (cut === 'stopped') throw failure('was stopped', lastWords());
  if (how !== 0) throw failure(`ended with ${String(how)}`, lastWords());
}

const failure = (how: string, lastWords: string): DistillationFailedError =>
  new DistillationFailedError(`The trainer ${how}. Its last words: ${lastWords.trim() || 'none'}`);

function argumentsOf({ snapshotDir, outDir, seed, parentBundleDir }: TrainOptions): string[] {
  const parent = parentBundleDir === null ? [] : ['--parent', parentBundleDir];
  return ['--snapshot', snapshotDir, '--out', outDir, '--seed', String(seed), ...parent];
}

function tellProgress(
  { stdout }: ChildProcessByStdio<null, Readable, Readable>,
  tell: TrainOptions['onProgress'],
): void {
  createInterface({ input: stdout }).on('line', (line) => {
    if (!line.startsWith('{')) return;
    const told = progressLine.safeParse(jsonOrNull(line));
    if (told.success) tell(told.data);
  });
}

function jsonOrNull(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return null; // A line of its log that begins like one.
  }
}
