import { formatCount } from '../format.js';
import type { Slice } from './traffic-slices.js';

interface Props {
  readonly slices: readonly Slice[];
  readonly sliceMs: number;
}

/** How much traffic there was in each column. */
export function RateChart({ slices, sliceMs }: Props) {
  const rowsMax = Math.max(1, ...slices.map(({ rows }) => rows));
  const perSecond = rowsMax / (sliceMs / 1000);
  return (
    <div class="chart rate-chart">
      <svg
        viewBox={`0 0 ${slices.length} 100`}
        preserveAspectRatio="none"
        role="img"
        aria-label={`Rows a second, at most ${formatCount(perSecond)}`}
      >
        {slices.map(({ startMs, rows }, index) => {
          const height = (rows / rowsMax) * 100;
          return (
            <rect
              key={startMs}
              class="fill-rate"
              x={index + 0.08}
              y={100 - height}
              width={0.84}
              height={height}
            />
          );
        })}
      </svg>
      <div class="chart-axis" aria-hidden="true">
        <span>{formatCount(Math.ceil(perSecond))}/s</span>
        <span>0</span>
      </div>
    </div>
  );
}
