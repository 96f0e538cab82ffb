/** For axes: two digits, 0.0333 -> `3.3 %`. */
export const percentRough = (share: number): string => `${Number((share * 100).toPrecision(2))} %`;

/** A point of a curve of risk over coverage. */
export interface RiskOverCoverage {
  readonly coverage: number;
  readonly risk: { readonly estimate: number; readonly high: number };
}

/** With a smaller share of rows an interval says little; the axis need not hold it. */
const coverageMin = 0.1;

/**
 * Where the axis of risk ends: above what is promised, and above what was seen, so that intervals
 * of few rows may leave the picture.
 *
 * @returns one of 0.1 %, 0.2 %, 0.5 %, 1 %, ... 100 %.
 */
export function riskAxisEnd(points: readonly RiskOverCoverage[], riskMax: number): number {
  const seen = points.filter(({ coverage }) => coverage >= coverageMin);
  const wanted = Math.max(
    1.2 * riskMax,
    ...seen.map(({ risk }) => Math.min(risk.high, 1.6 * risk.estimate + riskMax)),
  );
  const steps = [0.001, 0.01, 0.1].flatMap((power) => [1, 2, 3, 5].map((step) => step * power));
  return steps.find((step) => step >= wanted) ?? 1;
}
