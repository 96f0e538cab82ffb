import type { TradeoffJson } from '../http/api-types-tradeoff.js';
import { riskAxisEnd } from '../report/risk-axis.js';

/** Where the axis of risk of a curve ends. */
export const tradeoffAxisEnd = ({ points, policy }: TradeoffJson): number =>
  riskAxisEnd(
    points.map(({ coverage, risk }) => ({ coverage: coverage.estimate, risk })),
    policy.riskMax,
  );
