import type { TradeoffJson, TradeoffPlaceJson } from '../../http/api-types-tradeoff.js';
import { formatShare } from '../format.js';
import { ChartFrame } from '../traffic/chart-frame.js';
import { riskAxisEnd } from './risk-axis-end.js';

/** Risk over coverage with its interval, and the target across it. */
export function RiskChart({ tradeoff }: { readonly tradeoff: TradeoffJson }) {
  const { points, policy, riskFloor } = tradeoff;
  const riskEnd = riskAxisEnd(tradeoff);
  const yOf = (risk: number): number => 100 - Math.min(1, risk / riskEnd) * 100;
  const at = ({ coverage }: TradeoffPlaceJson, risk: number): string =>
    `${coverage.estimate * 100},${yOf(risk)}`;
  const band = [
    ...points.map((point) => at(point, point.risk.high)),
    ...points.toReversed().map((point) => at(point, point.risk.low)),
  ];
  const line = (of: TradeoffJson['points']): string =>
    of.map((point) => at(point, point.risk.estimate)).join(' ');
  const [target, floor] = [yOf(policy.riskMax), yOf(riskFloor)];
  return (
    <>
      <p class="chart-title">Risk: student answers that differ from the teacher's</p>
      <ChartFrame
        name="risk"
        columns={100}
        label={`Risk over coverage: ${formatShare(points.at(-1)!.risk.estimate)} at the right end`}
        axis={[formatShare(riskEnd), formatShare(riskEnd / 2), '0']}
      >
        <polygon class="fill-band" points={band.join(' ')} />
        <line class="line-target" x1="0" x2="100" y1={target} y2={target} />
        {riskFloor > 0 && <line class="line-floor" x1="0" x2="100" y1={floor} y2={floor} />}
        <polyline class="line-risk is-unreachable" points={line(points)} />
        <polyline class="line-risk" points={line(points.filter((point) => point.target))} />
      </ChartFrame>
    </>
  );
}
