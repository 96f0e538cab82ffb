import type { Figure } from '../../src/files/figures-file.js';
import { percentileMs } from '../latency-histogram.js';
import type { OpenLoopResult } from '../open-loop.js';
import { shown } from './numbers.js';

type Measured = Pick<Figure, 'figure' | 'value' | 'unit' | 'command'>;

/** A generator later than this, ms at its 99th percentile, measures itself. */
export const latenessMsMax = 5;

/** How late the generator itself was in some loads. */
export const latenessFigure = (
  what: string,
  { results, command }: { readonly results: readonly OpenLoopResult[]; readonly command: string },
): Figure =>
  atMost(latenessMsMax, {
    figure: `${what}: lateness of the load generator, p99`,
    value: Math.max(...results.map(({ latenessUs }) => percentileMs(latenessUs, 99))),
    unit: 'ms',
    command,
  });

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

/** A number that nothing is asked of but to be told. */
export const told = (measured: Measured): Figure => ({
  ...measured,
  target: 'told',
  holds: true,
});
