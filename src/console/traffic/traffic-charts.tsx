import type { TargetedPointerEvent } from 'preact';
import { useMemo, useState } from 'preact/hooks';
import type { TrafficJson } from '../../http/api-types.js';
import type { TimelineEventJson } from '../../http/api-types-timeline.js';
import { CostChart } from './cost-chart.js';
import { isMarked, titleOf, toneOf } from './event-kinds.js';
import { RateChart } from './rate-chart.js';
import { ShareChart } from './share-chart.js';
import { SliceWords } from './slice-words.js';
import { slicesOf, sumOf } from './traffic-slices.js';

interface Props {
  readonly traffic: TrafficJson;
  readonly events: readonly TimelineEventJson[];
  readonly minutes: number;
}

/** Wide enough to see on a phone: 60 columns for ten minutes. */
const sliceMs = 10_000;

/** Share, rate and cost over one time axis, with what changed in between. */
export function TrafficCharts({ traffic, events, minutes }: Props) {
  const [pointedMs, setPointedMs] = useState<number | null>(null);
  const slices = useMemo(() => slicesOf(traffic, sliceMs), [traffic]);
  const pointed = slices.findIndex(({ startMs }) => startMs === pointedMs);
  const startMs = slices[0]?.startMs ?? 0;
  const spanMs = slices.length * sliceMs;
  const marks = events.filter(({ atMs, kind }) => atMs >= startMs && isMarked(kind));

  function point(event: TargetedPointerEvent<HTMLDivElement>): void {
    const plot = event.currentTarget.querySelector('svg')!.getBoundingClientRect();
    const share = (event.clientX - plot.left) / plot.width;
    setPointedMs(slices[Math.floor(share * slices.length)]?.startMs ?? null);
  }
  return (
    <>
      <SliceWords slice={slices[pointed] ?? sumOf(slices)} isOne={pointed >= 0} minutes={minutes} />
      <div class="charts" onPointerMove={point} onPointerLeave={() => setPointedMs(null)}>
        <p class="chart-title">Share by route</p>
        <ShareChart slices={slices} />
        <p class="chart-title">Rows a second</p>
        <RateChart slices={slices} sliceMs={sliceMs} />
        <p class="chart-title">Cost since the left edge</p>
        <CostChart slices={slices} />
        <div class="chart-over" aria-hidden="true">
          {marks.map(({ atMs, kind, text }) => (
            <i
              key={`${atMs} ${kind}`}
              class={`chart-mark is-${toneOf(kind)}`}
              style={{ left: `${((atMs - startMs) / spanMs) * 100}%` }}
              title={`${titleOf(kind)}: ${text}`}
            />
          ))}
          {pointed >= 0 && (
            <i
              class="chart-cursor"
              style={{ left: `${((pointed + 0.5) / slices.length) * 100}%` }}
            />
          )}
        </div>
        <div class="chart-times" aria-hidden="true">
          <span>{minutes} min ago</span>
          <span>{minutes / 2} min</span>
          <span>now</span>
        </div>
      </div>
    </>
  );
}
