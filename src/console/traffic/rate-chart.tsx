import { formatCount } from '../format.js';
import { Bar, ChartFrame } from './chart-frame.js';
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
    <ChartFrame
      name="rate"
      columns={slices.length}
      label={`Rows a second, at most ${formatCount(perSecond)}`}
      axis={[`${formatCount(Math.ceil(perSecond))}/s`, '0']}
    >
      {slices.map(({ startMs, rows }, column) => {
        const height = (rows / rowsMax) * 100;
        return <Bar key={startMs} fill="rate" column={column} top={height} height={height} />;
      })}
    </ChartFrame>
  );
}
