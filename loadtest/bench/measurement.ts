import type { Figure } from '../../src/files/figures-file.js';
import type { Generator } from '../generator.js';

export interface BenchContext {
  readonly generator: Generator;
  /** Shorter and coarser: a look, not a result. */
  readonly isQuick: boolean;
  /** Empty at first, removed at the end. */
  readonly dir: string;
  /** Repeats this measurement alone. */
  readonly command: string;
  /** Says what is being done, for who waits. */
  readonly say: (text: string) => void;
}

export interface Measured {
  readonly figures: readonly Figure[];
  /** Markdown: tables and what there is to say about them. */
  readonly report: string;
}

/** One question of `npm run bench`, with its answer's file names made of its name. */
export interface Measurement {
  readonly name: string;
  readonly question: string;
  /** What must be there and is not, in a sentence, or null; without it nothing is needed. */
  readonly missing?: () => string | null;
  readonly measure: (context: BenchContext) => Promise<Measured>;
}
