import type { TradeoffJson } from '../../http/api-types-tradeoff.js';
import { formatUsd } from '../format.js';
import { ChartFrame } from '../traffic/chart-frame.js';

/** Cost of 1000 rows over coverage; the axis ends at what the teacher for all would cost. */
export function PriceChart({ tradeoff }: { readonly tradeoff: TradeoffJson }) {
  const { points, teacherCostPerRowUsd, studentCostPerRowUsd } = tradeoff;
  const forAllUsd = 1000 * (teacherCostPerRowUsd + (studentCostPerRowUsd ?? 0));
  const share = (usd: number): number => (forAllUsd === 0 ? 0 : usd / forAllUsd);
  return (
    <>
      <p class="chart-title">Cost of 1000 rows</p>
      <ChartFrame
        name="price"
        columns={100}
        label={`Cost over coverage; the teacher for all: ${formatUsd(forAllUsd)}`}
        axis={[formatUsd(forAllUsd), '0']}
      >
        <polyline
          class="line-spent"
          points={points
            .map(
              ({ coverage, costUsdPer1000Rows }) =>
                `${coverage.estimate * 100},${100 - share(costUsdPer1000Rows) * 100}`,
            )
            .join(' ')}
        />
      </ChartFrame>
    </>
  );
}
