import type { Figure } from '../../src/files/figures-file.js';
import type { SavedReplay } from './run-replay.js';

export interface StreamContext {
  /** Folder with `clinc150/` and `banking77/`. */
  readonly dataDir: string;
  /** For files made here. */
  readonly workDir: string;
  readonly seed: number;
}

/** One stream that is replayed, and what is asked of it. */
export interface Stream {
  /** What `--only` and the result's file are called. */
  readonly name: string;
  readonly title: string;
  /** Seeds that are replayed unless the command says otherwise. */
  readonly seeds: number;
  /** What follows `understudy replay`; the last window is the part that a figure asks about. */
  readonly argsOf: (context: StreamContext) => readonly string[];
  readonly figuresOf: (replay: SavedReplay, context: StreamContext) => readonly Measured[];
}

/** A figure without the command that measures it. */
export type Measured = Omit<Figure, 'command'>;

export const percentAtMost = (figure: string, share: number, boundShare: number): Measured => ({
  figure,
  value: share * 100,
  unit: '%',
  target: `at most ${boundShare * 100}`,
  holds: share <= boundShare,
});

export const percentAtLeast = (figure: string, share: number, boundShare: number): Measured => ({
  figure,
  value: share * 100,
  unit: '%',
  target: `at least ${boundShare * 100}`,
  holds: share >= boundShare,
});

/** A number that nothing is asked of but to be told. */
export const told = (figure: string, value: number, unit: string): Measured => ({
  figure,
  value,
  unit,
  target: 'told',
  holds: true,
});

export const disagreementOf = ({ routings }: SavedReplay): number => routings[0]!.disagreement;
export const lastWindowOf = ({ byWindow }: SavedReplay) => byWindow.at(-1)!;
