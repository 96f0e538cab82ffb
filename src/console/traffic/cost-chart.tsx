import { formatSum, formatUsd } from '../format.js';
import type { Slice } from './traffic-slices.js';

/** What was spent, and what the teacher would have cost for all, since the window's start. */
export function CostChart({ slices }: { readonly slices: readonly Slice[] }) {
  const last = slices.at(-1);
  const usdMax = niceCeiling(
    Math.max(last?.teacherForAllSoFarUsd ?? 0, last?.costSoFarUsd ?? 0, 0.001),
  );
  const y = (usd: number): number => 100 - (usd / usdMax) * 100;
  const line = (usdOf: (slice: Slice) => number): string =>
    ['0,100', ...slices.map((slice, index) => `${index + 1},${y(usdOf(slice))}`)].join(' ');
  const spent = line(({ costSoFarUsd }) => costSoFarUsd);
  const forAll = line(({ teacherForAllSoFarUsd }) => teacherForAllSoFarUsd);
  const floor = `${slices.length},100 0,100`;
  const spentWords = formatSum(last?.costSoFarUsd ?? 0);
  const forAllWords = formatSum(last?.teacherForAllSoFarUsd ?? 0);
  return (
    <div class="chart cost-chart">
      <svg
        viewBox={`0 0 ${slices.length} 100`}
        preserveAspectRatio="none"
        role="img"
        aria-label={`Cost: ${spentWords} spent; the teacher for all: ${forAllWords}`}
      >
        <polygon class="fill-avoided" points={`${forAll} ${floor}`} />
        <polygon class="fill-spent" points={`${spent} ${floor}`} />
        <polyline class="line-for-all" points={forAll} />
        <polyline class="line-spent" points={spent} />
      </svg>
      <div class="chart-axis" aria-hidden="true">
        <span>{formatUsd(usdMax)}</span>
        <span>0</span>
      </div>
    </div>
  );
}

/** The next of 1, 2, 5, 10, ...: the axis seldom changes. */
function niceCeiling(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value));
  const step = [1, 2, 3, 5, 10].find((factor) => factor * power >= value) ?? 10;
  return step * power;
}
