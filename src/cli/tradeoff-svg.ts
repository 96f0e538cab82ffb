import type { TradeoffJson, TradeoffPlaceJson } from '../http/api-types-tradeoff.js';
import { percent, percentSet } from '../task/percent.js';
import { percentRough, riskAxisEnd } from './tradeoff-scale.js';

const size = { width: 760, height: 440 } as const;
const plot = { left: 70, top: 60, width: 660, height: 310 } as const;

/** Draws risk over coverage, with its interval as a band, as an SVG file of its own. */
export function drawTradeoff(task: string, tradeoff: TradeoffJson): string {
  const { points, inForce, policy, student, holdoutRows, missing, riskFloor } = tradeoff;
  const riskEnd = riskAxisEnd(tradeoff);
  const x = (share: number): string => (plot.left + share * plot.width).toFixed(1);
  const y = (risk: number): string =>
    (plot.top + (1 - Math.min(1, risk / riskEnd)) * plot.height).toFixed(1);
  const at = ({ coverage }: TradeoffPlaceJson, risk: number): string =>
    `${x(coverage.estimate)},${y(risk)}`;
  const curve = (of: TradeoffJson['points'], look: string): string => {
    const estimates = of.map((point) => at(point, point.risk.estimate)).join(' ');
    return `<polyline points="${estimates}" fill="none" stroke="#0b7285" ${look}/>`;
  };
  const reachable = points.filter(({ target }) => target !== null);
  const band = [
    ...points.map((point) => at(point, point.risk.high)),
    ...points.toReversed().map((point) => at(point, point.risk.low)),
  ].join(' ');
  const shares = [0, 0.25, 0.5, 0.75, 1];
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${size.width} ${size.height}" ` +
      'font-family="sans-serif" font-size="13" fill="#3f4855">',
    `<rect width="${size.width}" height="${size.height}" fill="#ffffff"/>`,
    text(plot.left, 26, `${task}: risk over coverage`, 'font-size="17" font-weight="600"'),
    text(plot.left, 46, `${student ?? 'no student'}, ${holdoutRows} holdout rows`),
    ...shares.flatMap((share) => [
      line(x(share), y(0), { x2: x(share), y2: y(riskEnd), look: 'stroke="#e6e9ee"' }),
      text(x(share), plot.top + plot.height + 20, percentSet(share), 'text-anchor="middle"'),
      line(x(0), y(share * riskEnd), { x2: x(1), y2: y(share * riskEnd), look: grid }),
      text(plot.left - 8, Number(y(share * riskEnd)) + 4, percentRough(share * riskEnd), right),
    ]),
    text(size.width / 2, size.height - 12, 'coverage: share that the student answers', middle),
    ...(missing === null
      ? [
          `<polygon points="${band}" fill="#1591a8" fill-opacity="0.18"/>`,
          curve(points, dots),
          curve(reachable, 'stroke-width="2.5"'),
          ...(reachable.length < points.length
            ? [text(x(1), 46, 'dotted: no target can be set there now', right)]
            : []),
        ]
      : [text(size.width / 2, size.height / 2, missing, middle)]),
    ...(riskFloor === 0
      ? []
      : [
          line(x(0), y(riskFloor), { x2: x(1), y2: y(riskFloor), look: floorLook }),
          text(x(1), Number(y(riskFloor)) - 6, `floor ${percentRough(riskFloor)}`, right),
        ]),
    line(x(0), y(policy.riskMax), { x2: x(1), y2: y(policy.riskMax), look: dashes }),
    text(plot.left + 6, Number(y(policy.riskMax)) - 6, `target ${percentSet(policy.riskMax)}`),
    ...(inForce === null ? [] : [marked(at(inForce, inForce.risk.estimate), inForce)]),
    '</svg>',
    '',
  ].join('\n');
}

const grid = 'stroke="#e6e9ee"';
const dots = 'stroke-width="2" stroke-dasharray="1 5" stroke-linecap="round"';
const floorLook = 'stroke="#6b7480" stroke-dasharray="2 4"';
const dashes = 'stroke="#a8480a" stroke-dasharray="6 4"';
const middle = 'text-anchor="middle"';
const right = 'text-anchor="end"';

function marked(at: string, { coverage, risk }: TradeoffPlaceJson): string {
  const [x, y] = at.split(',');
  const words = `in force: ${percent(coverage.estimate)} at ${percent(risk.estimate)} risk`;
  const anchor = coverage.estimate > 0.6 ? right : '';
  return (
    `<circle cx="${x}" cy="${y}" r="6" fill="#12161d" stroke="#ffffff" stroke-width="2"/>` +
    text(Number(x) + (anchor === '' ? 10 : -10), Number(y) - 10, words, anchor)
  );
}

// eslint-disable-next-line max-params -- As SVG has it: where, what, and how it looks.
function text(x: number | string, y: number | string, content: string, look = ''): string {
  const escaped = content.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
  return `<text x="${x}" y="${y}" ${look}>${escaped}</text>`;
}

const line = (
  x1: string,
  y1: string,
  { x2, y2, look }: { x2: string; y2: string; look: string },
): string => `<line x1="${x1}" y1="${y1}" x2="${x2}" y2="${y2}" ${look}/>`;
