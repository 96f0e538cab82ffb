import type { TradeoffJson } from '../../http/api-types-tradeoff.js';

/** With a smaller share of rows an interval says little; the axis need not hold it. */
const coverageMin = 0.1;

/**
 * Where the axis of risk ends: above what is promised, and what was seen. As in the picture of
 * `understudy tradeoff`.
 */
export function riskAxisEnd({ points, policy }: TradeoffJson): number {
  const seen = points.filter(({ coverage }) => coverage.estimate >= coverageMin);
  const wanted = Math.max(
    1.2 * policy.riskMax,
    ...seen.map(({ risk }) => Math.min(risk.high, 1.6 * risk.estimate + policy.riskMax)),
  );
  const steps = [0.001, 0.01, 0.1].flatMap((power) => [1, 2, 3, 5].map((step) => step * power));
  return steps.find((step) => step >= wanted) ?? 1;
}
