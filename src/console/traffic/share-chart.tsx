import { formatShare } from '../format.js';
import { routeNames } from '../words.js';
import { sumOf, type Slice } from './traffic-slices.js';

/** Who answered, as shares of each column; columns without traffic stay empty. */
export function ShareChart({ slices }: { readonly slices: readonly Slice[] }) {
  const { rowsByRoute, rows } = sumOf(slices);
  const words = routeNames
    .filter((route) => rowsByRoute[route] > 0)
    .map((route) => `${route} ${formatShare(rowsByRoute[route] / rows)}`);
  return (
    <div class="chart share-chart">
      <svg
        viewBox={`0 0 ${slices.length} 100`}
        preserveAspectRatio="none"
        role="img"
        aria-label={`Share by route: ${words.join(', ') || 'no traffic'}`}
      >
        {slices.map((slice, index) => {
          let below = 0;
          return routeNames.map((route) => {
            const height = slice.rows === 0 ? 0 : (slice.rowsByRoute[route] / slice.rows) * 100;
            if (height === 0) return null;
            below += height;
            return (
              <rect
                key={`${slice.startMs} ${route}`}
                class={`fill-${route}`}
                x={index + 0.08}
                y={100 - below}
                width={0.84}
                height={height}
              />
            );
          });
        })}
      </svg>
      <div class="chart-axis" aria-hidden="true">
        <span>100 %</span>
        <span>50</span>
        <span>0</span>
      </div>
    </div>
  );
}
