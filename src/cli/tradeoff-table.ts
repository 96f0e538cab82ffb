import type { IntervalJson } from '../http/api-types.js';
import type { TradeoffJson, TradeoffPointJson } from '../http/api-types-tradeoff.js';

/** Enough to choose by, and on one screen with the plot. */
const linesMax = 12;

/** Lists some of the points; each is as cheap to have by `--set` as the last column says. */
export function tabulateTradeoff({ points, policy, riskFloor }: TradeoffJson): string {
  const shown = chosen(points);
  return [
    'threshold coverage             risk                   agree-  $/1000   --set',
    '                                                     ment    rows',
    ...shown.map(lineOf),
    '',
    `--set: the smallest target that these rows certify there, ${note(policy.delta)}`,
    ...Object.entries(refusalNotes(riskFloor))
      .filter(([refusal]) => shown.some((point) => point.refusal === refusal))
      .map(([, words]) => words),
  ].join('\n');
}

const note = (delta: number): string =>
  `with ${Number(((1 - delta) * 100).toPrecision(3))} % certainty.`;

type Refusal = NonNullable<TradeoffPointJson['refusal']>;

const refusalMarks: Readonly<Record<Refusal, string>> = {
  'too-few-rows': '-',
  'below-floor': 'floor',
  'label-missed': 'missed',
};

const refusalNotes = (riskFloor: number): Readonly<Record<Refusal, string>> => ({
  'too-few-rows': '-: these rows certify none; it takes more of them.',
  'below-floor':
    `floor: none is taken below ${Number((riskFloor * 100).toPrecision(2))} %: ` +
    'the teacher differs from itself.',
  'label-missed': 'missed: a label with a missMax would be missed too often.',
});

/** What `--set` takes, or why it takes nothing. */
const settable = ({ target, refusal }: TradeoffPointJson): string =>
  target === null ? refusalMarks[refusal!] : String(target.riskMax);

/** Of the points of one target only the last: it comes with the others. */
function chosen(points: readonly TradeoffPointJson[]): readonly TradeoffPointJson[] {
  const different = points.filter((point, index) => {
    const next = points[index + 1];
    return next === undefined || settable(point) !== settable(next);
  });
  const step = Math.max(1, (different.length - 1) / (linesMax - 1));
  const count = Math.min(linesMax, different.length);
  return Array.from({ length: count }, (_, line) => different[Math.round(line * step)]!);
}

function lineOf(point: TradeoffPointJson): string {
  const { threshold, coverage, risk, agreement, costUsdPer1000Rows } = point;
  return [
    threshold.toFixed(4).padStart(9),
    spread(coverage, 1).padEnd(20),
    spread(risk, 2).padEnd(22),
    `${percent(agreement.estimate, 2)} %`.padStart(7),
    costUsdPer1000Rows.toPrecision(3).padStart(6),
    `  ${settable(point)}`,
  ].join(' ');
}

const percent = (share: number, digits: number): string => (share * 100).toFixed(digits);

/** `87.3 % (85.1-89.2)` */
const spread = ({ estimate, low, high }: IntervalJson, digits: number): string =>
  `${percent(estimate, digits)} % (${percent(low, digits)}-${percent(high, digits)})`;
