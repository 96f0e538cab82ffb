import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { repositoryRoot } from './repository-root.js';

/** One measured number and what was asked of it. `npm run figures` prints them all. */
export interface Figure {
  readonly figure: string;
  readonly value: number;
  readonly unit: string;
  /** In words, for example `at least 30`. */
  readonly target: string;
  readonly holds: boolean;
  /** The command that measures it. */
  readonly command: string;
}

export const figuresDir = (): string => join(repositoryRoot(), 'loadtest', 'results');

/** Writes `loadtest/results/NAME.json`. */
export async function writeFigures(name: string, figures: readonly Figure[]): Promise<void> {
  const path = join(figuresDir(), `${name}.json`);
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, `${JSON.stringify(figures, null, 2)}\n`);
}
