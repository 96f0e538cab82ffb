import type { Figure } from '../../src/files/figures-file.js';
import { clopperPearsonLower, clopperPearsonUpper } from '../../src/routing/clopper-pearson.js';
import type { Count } from '../../src/routing/clopper-pearson.js';

/** One-sided: an upper limit is below the truth in 1 of 20 simulations. */
const limitDelta = 0.05;
/** A share this surely above its bound is a broken promise, however few streams there were. */
const refutedDelta = 0.001;

export const upperLimit = (count: Count): number => clopperPearsonUpper(count, limitDelta);

/**
 * A share of streams that may be at most `bound`.
 *
 * With all streams its upper confidence limit must keep the bound. A quick look has too few for
 * that: there only a share that is surely above the bound is a miss.
 */
export function shareFigure(
  count: Count,
  options: {
    readonly what: string;
    readonly bound: number;
    readonly isQuick: boolean;
    readonly command: string;
  },
): Figure {
  const { what, bound, isQuick, command } = options;
  const isRefuted = clopperPearsonLower(count, refutedDelta) > bound;
  const value = isQuick ? count.successes / count.trials : upperLimit(count);
  return {
    figure: isQuick ? what : `${what}, upper 95 % limit`,
    value,
    unit: `share of ${count.trials} streams`,
    target: `at most ${bound}`,
    holds: isQuick ? !isRefuted : value <= bound,
    command,
  };
}
