import { formatSum, formatUsd } from '../format.js';
import { ChartFrame } from './chart-frame.js';
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
    <ChartFrame
      name="cost"
      columns={slices.length}
      label={`Cost: ${spentWords} spent; the teacher for all: ${forAllWords}`}
      axis={[formatUsd(usdMax), '0']}
    >
      <polygon class="fill-avoided" points={`${forAll} ${floor}`} />
      <polygon class="fill-spent" points={`${spent} ${floor}`} />
      <polyline class="line-for-all" points={forAll} />
      <polyline class="line-spent" points={spent} />
    </ChartFrame>
  );
}

/** The next of 1, 2, 5, 10, ...: the axis seldom changes. */
function niceCeiling(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value));
  const step = [1, 2, 3, 5, 10].find((factor) => factor * power >= value) ?? 10;
  return step * power;
}
