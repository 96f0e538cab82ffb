import type { Figure } from '../../src/files/figures-file.js';
import { shown } from './numbers.js';

type Measured = Pick<Figure, 'figure' | 'value' | 'unit' | 'command'>;

/** A figure that holds from a bound on. */
export const atLeast = (bound: number, measured: Measured): Figure => ({
  ...measured,
  target: `at least ${shown(bound)}`,
  holds: measured.value >= bound,
});

/** A figure that holds up to a bound. */
export const atMost = (bound: number, measured: Measured): Figure => ({
  ...measured,
  target: `at most ${shown(bound)}`,
  holds: measured.value <= bound,
});
