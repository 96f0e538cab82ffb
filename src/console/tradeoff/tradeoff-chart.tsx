import type { TargetedPointerEvent } from 'preact';
import type { TradeoffJson, TradeoffPlaceJson } from '../../http/api-types-tradeoff.js';
import { formatShare } from '../format.js';
import { PriceChart } from './price-chart.js';
import { RiskChart } from './risk-chart.js';

interface Props {
  readonly tradeoff: TradeoffJson;
  /** Indices of points: kept, and under the pointer. */
  readonly chosen: number | null;
  readonly pointed: number | null;
  readonly onPoint: (index: number | null) => void;
  readonly onChoose: (index: number) => void;
}

/** Risk and cost over coverage; a click or the slider chooses a point. */
export function TradeoffChart({ tradeoff, chosen, pointed, onPoint, onChoose }: Props) {
  const { points, inForce, policy, riskFloor } = tradeoff;
  const nearest = (share: number): number => nearestTo(points, share);

  function indexAt(event: TargetedPointerEvent<HTMLDivElement>): number {
    const plot = event.currentTarget.querySelector('svg')!.getBoundingClientRect();
    return nearest((event.clientX - plot.left) / plot.width);
  }
  return (
    <div class="tradeoff-chart">
      <div
        class="charts"
        onPointerMove={(event) => onPoint(indexAt(event))}
        onPointerLeave={() => onPoint(null)}
        onPointerUp={(event) => onChoose(indexAt(event))}
      >
        <RiskChart tradeoff={tradeoff} />
        <PriceChart tradeoff={tradeoff} />
        <div class="chart-over" aria-hidden="true">
          {inForce !== null && <Mark kind="in-force" place={inForce} title="In force now" />}
          {pointed !== null && points[pointed] && <Mark kind="pointed" place={points[pointed]} />}
          {chosen !== null && points[chosen] && <Mark kind="chosen" place={points[chosen]} />}
        </div>
        <div class="chart-times" aria-hidden="true">
          <span>0</span>
          <span>coverage: share that the student answers</span>
          <span>100 %</span>
        </div>
      </div>
      <input
        type="range"
        class="tradeoff-slider"
        aria-label="Point of the curve"
        aria-valuetext={valueWords(tradeoff, chosen)}
        min={0}
        max={points.length - 1}
        value={chosen ?? nearest(inForce?.coverage.estimate ?? 1)}
        onInput={({ currentTarget }) => onChoose(Number(currentTarget.value))}
      />
      <p class="tradeoff-key caption">
        <i class="key-target" aria-hidden="true" /> target {formatShare(policy.riskMax, 2)}
        <i class="key-in-force" aria-hidden="true" /> in force
        <i class="key-band" aria-hidden="true" /> interval: misses in 1 of 10
        {points.some(({ target }) => target === null) && (
          <>
            <i class="key-unreachable" aria-hidden="true" /> no target can be set there now
          </>
        )}
        {riskFloor > 0 && (
          <>
            <i class="key-floor" aria-hidden="true" /> the teacher's own floor{' '}
            {formatShare(riskFloor, 2)}
          </>
        )}
      </p>
    </div>
  );
}

interface MarkProps {
  readonly kind: 'in-force' | 'pointed' | 'chosen';
  readonly place: TradeoffPlaceJson;
  readonly title?: string;
}

function Mark({ kind, place, title }: MarkProps) {
  const left = `${place.coverage.estimate * 100}%`;
  return <i class={`tradeoff-mark is-${kind}`} style={{ left }} {...(title && { title })} />;
}

function nearestTo(points: TradeoffJson['points'], share: number): number {
  const away = points.map(({ coverage }) => Math.abs(coverage.estimate - share));
  return away.indexOf(Math.min(...away));
}

function valueWords({ points, inForce }: TradeoffJson, chosen: number | null): string {
  const place = chosen === null ? inForce : points[chosen];
  if (place === null || place === undefined) return 'none chosen';
  const { coverage, risk } = place;
  return `coverage ${formatShare(coverage.estimate)}, risk ${formatShare(risk.estimate)}`;
}
