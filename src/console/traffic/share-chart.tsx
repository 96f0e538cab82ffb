import { formatShare } from '../format.js';
import { routeNames } from '../words.js';
import { Bar, ChartFrame } from './chart-frame.js';
import { sumOf, type Slice } from './traffic-slices.js';

/** Who answered, as shares of each column; columns without traffic stay empty. */
export function ShareChart({ slices }: { readonly slices: readonly Slice[] }) {
  const { rowsByRoute, rows } = sumOf(slices);
  const words = routeNames
    .filter((route) => rowsByRoute[route] > 0)
    .map((route) => `${route} ${formatShare(rowsByRoute[route] / rows)}`);
  return (
    <ChartFrame
      name="share"
      columns={slices.length}
      label={`Share by route: ${words.join(', ') || 'no traffic'}`}
      axis={['100 %', '50', '0']}
    >
      {slices.map((slice, column) => {
        let top = 0;
        return routeNames.map((route) => {
          const height = slice.rows === 0 ? 0 : (slice.rowsByRoute[route] / slice.rows) * 100;
          if (height === 0) return null;
          top += height;
          const bar = { fill: route, column, top, height };
          return <Bar key={`${slice.startMs} ${route}`} {...bar} />;
        });
      })}
    </ChartFrame>
  );
}
