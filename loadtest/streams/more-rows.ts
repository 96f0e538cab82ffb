import { createSeededDraw } from '../../src/distillation/seeded-draw.js';
import { deltaForAttempt } from '../../src/routing/spend-delta.js';
import type { RatedRows } from '../../src/routing/surest-first.js';
import { fitThreshold } from '../../src/routing/threshold.js';

/** Samples of each size: their mean share is certain to about a point. */
const samples = 40;

/**
 * What more holdout rows would buy: the share of traffic that a student would serve, were its
 * threshold fitted once on so many rows. These are drawn with replacement from the rows given,
 * which stand for all of its traffic.
 *
 * @returns in [0, 1], the mean over 40 samples; one that certifies nothing serves nothing.
 */
export function servedWith(
  holdoutRows: number,
  { confidences, disagrees }: RatedRows,
  target: { readonly riskMax: number; readonly delta: number },
): number {
  const draw = createSeededDraw(holdoutRows);
  const delta = deltaForAttempt(target.delta, 1);
  let shares = 0;
  for (let sample = 0; sample < samples; sample++) {
    const drawn = Array.from({ length: holdoutRows }, () =>
      Math.floor(draw() * confidences.length),
    );
    const fit = fitThreshold({
      confidences: Float64Array.from(drawn, (row) => confidences[row]!),
      disagrees: drawn.map((row) => disagrees[row]!),
      ...{ riskMax: target.riskMax, delta },
    });
    if (fit.kind === 'not-certified') continue;
    shares += confidences.filter((one) => one >= fit.threshold).length / confidences.length;
  }
  return shares / samples;
}
