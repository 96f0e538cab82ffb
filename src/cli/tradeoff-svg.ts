import type { TradeoffJson, TradeoffPlaceJson } from '../http/api-types-tradeoff.js';
import { percentRough } from '../report/risk-axis.js';
import { px, svgLine, svgPath, svgText, type Place } from '../report/svg.js';
import { percent, percentSet } from '../task/percent.js';
import { tradeoffAxisEnd } from './tradeoff-axis-end.js';

const size = { width: 760, height: 440 } as const;
const plot = { left: 70, top: 60, width: 660, height: 310 } as const;

/** Draws risk over coverage, with its interval as a band, as an SVG file of its own. */
export function drawTradeoff(task: string, tradeoff: TradeoffJson): string {
  const { points, inForce, policy, student, holdoutRows, missing, riskFloor } = tradeoff;
  const riskEnd = tradeoffAxisEnd(tradeoff);
  const x = (share: number): number => plot.left + share * plot.width;
  const y = (risk: number): number => plot.top + (1 - Math.min(1, risk / riskEnd)) * plot.height;
  const at = ({ coverage }: TradeoffPlaceJson, risk: number): Place => ({
    x: x(coverage.estimate),
    y: y(risk),
  });
  const across = (risk: number, look: string): string =>
    svgLine({ x: x(0), y: y(risk) }, { x: x(1), y: y(risk) }, look);
  const curve = (of: TradeoffJson['points'], look: string): string => {
    const estimates = svgPath(of.map((point) => at(point, point.risk.estimate)));
    return `<polyline points="${estimates}" fill="none" stroke="#0b7285" ${look}/>`;
  };
  const reachable = points.filter(({ target }) => target !== null);
  const band = svgPath([
    ...points.map((point) => at(point, point.risk.high)),
    ...points.toReversed().map((point) => at(point, point.risk.low)),
  ]);
  const shares = [0, 0.25, 0.5, 0.75, 1];
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${size.width} ${size.height}" ` +
      'font-family="sans-serif" font-size="13" fill="#3f4855">',
    `<rect width="${size.width}" height="${size.height}" fill="#ffffff"/>`,
    svgText({ x: plot.left, y: 26 }, `${task}: risk over coverage`, heading),
    svgText({ x: plot.left, y: 46 }, `${student ?? 'no student'}, ${holdoutRows} holdout rows`),
    ...shares.flatMap((share) => [
      svgLine({ x: x(share), y: y(0) }, { x: x(share), y: y(riskEnd) }, grid),
      svgText({ x: x(share), y: plot.top + plot.height + 20 }, percentSet(share), middle),
      across(share * riskEnd, grid),
      svgText(
        { x: plot.left - 8, y: y(share * riskEnd) + 4 },
        percentRough(share * riskEnd),
        right,
      ),
    ]),
    svgText(
      { x: size.width / 2, y: size.height - 12 },
      'coverage: share that the student answers',
      middle,
    ),
    ...(missing === null
      ? [
          `<polygon points="${band}" fill="#1591a8" fill-opacity="0.18"/>`,
          curve(points, dots),
          curve(reachable, 'stroke-width="2.5"'),
          ...(reachable.length < points.length
            ? [svgText({ x: x(1), y: 46 }, 'dotted: no target can be set there now', right)]
            : []),
        ]
      : [svgText({ x: size.width / 2, y: size.height / 2 }, missing, middle)]),
    ...(riskFloor === 0
      ? []
      : [
          across(riskFloor, floorLook),
          svgText({ x: x(1), y: y(riskFloor) - 6 }, `floor ${percentRough(riskFloor)}`, right),
        ]),
    across(policy.riskMax, dashes),
    svgText({ x: plot.left + 6, y: y(policy.riskMax) - 6 }, `target ${percentSet(policy.riskMax)}`),
    ...(inForce === null ? [] : [marked(at(inForce, inForce.risk.estimate), inForce)]),
    '</svg>',
    '',
  ].join('\n');
}

const heading = 'font-size="17" font-weight="600"';
const grid = 'stroke="#e6e9ee"';
const dots = 'stroke-width="2" stroke-dasharray="1 5" stroke-linecap="round"';
const floorLook = 'stroke="#6b7480" stroke-dasharray="2 4"';
const dashes = 'stroke="#a8480a" stroke-dasharray="6 4"';
const middle = 'text-anchor="middle"';
const right = 'text-anchor="end"';

function marked({ x, y }: Place, { coverage, risk }: TradeoffPlaceJson): string {
  const words = `in force: ${percent(coverage.estimate)} at ${percent(risk.estimate)} risk`;
  const isBeside = coverage.estimate > 0.6;
  const place = { x: isBeside ? x - 10 : x + 10, y: y - 10 };
  return (
    `<circle cx="${px(x)}" cy="${px(y)}" r="6" fill="#12161d" stroke="#ffffff" stroke-width="2"/>` +
    svgText(place, words, isBeside ? right : '')
  );
}
