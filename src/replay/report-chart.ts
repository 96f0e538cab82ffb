import { escapeXml, px, svgLine, svgText } from '../report/svg.js';
import { percentSet } from '../task/percent.js';
import type { Routing } from './baselines.js';
import type { ReplayReport } from './replay-report.js';
import type { Mark } from './replayed-row.js';

const width = 900;
const left = 64;
const right = 190;
const plotWidth = width - left - right;
const panelHeight = 170;
const panelGap = 58;
const top = 64;
/** Told apart by people who see few colours, too (Okabe & Ito). */
const colours = { own: '#0072B2', fixed: '#D55E00', coin: '#009E73', all: '#767676' } as const;
const ink = '#333';

interface Panel {
  readonly title: string;
  readonly index: number;
  /** Value at the bottom and at the top. */
  readonly low: number;
  readonly high: number;
  readonly tick: (value: number) => string;
}

/** Draws a report as a picture: share of the student, agreement, teacher rows, along the rows. */
export function chartOf(report: ReplayReport): string {
  const { file, seed, replayed } = report;
  const height = top + 3 * (panelHeight + panelGap);
  const rows = replayed.rows.length;
  const x = (row: number): number => left + (row / rows) * plotWidth;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" role="img" ` +
      `font-family="system-ui, sans-serif" font-size="12" fill="${ink}" ` +
      `aria-label="Replay of ${escapeXml(file)}">`,
    `<rect width="${width}" height="${height}" fill="#fff"/>`,
    `<text x="${left}" y="28" font-size="16" font-weight="600">` +
      `Replay of ${escapeXml(file)}, seed ${seed}</text>`,
    eventLines(report, x, height),
    sharePanel(report, x),
    agreementPanel(report, x),
    costPanel(report, x),
    '</svg>',
  ].join('\n');
}

type Scale = (row: number) => number;

function sharePanel({ byWindow }: ReplayReport, x: Scale): string {
  const panel = { title: 'Answered by the student', index: 0, low: 0, high: 1, tick: percentSet };
  const y = scaleOf(panel);
  const bars = byWindow.map(({ from, rows, studentShare }) => {
    const [x1, x2] = [x(from) + 1.5, x(from + rows) - 1.5];
    const [y1, y0] = [y(studentShare), y(0)];
    return (
      `<rect x="${px(x1)}" y="${px(y1)}" width="${px(x2 - x1)}" height="${px(y0 - y1)}" ` +
      `fill="${colours.own}" fill-opacity="0.75"/>` +
      label(
        { x: (x1 + x2) / 2, y: y1 - 4, anchor: 'middle' },
        `${Math.round(studentShare * 100)} %`,
      )
    );
  });
  return frame(panel, x) + bars.join('');
}

function agreementPanel({ byWindow, riskMax }: ReplayReport, x: Scale): string {
  const lows = byWindow.flatMap(({ agreement }) => agreement?.low ?? []);
  const lowest = Math.min(1 - 2 * riskMax, ...lows);
  const low = Math.max(0, Math.floor(lowest * 20) / 20);
  const title = 'Agreement of its answers with the teacher, with interval';
  const panel = { title, index: 1, low, high: 1, tick: percentSet };
  const y = scaleOf(panel);
  const promised = y(1 - riskMax);
  const points = byWindow.flatMap(({ from, rows, agreement }) => {
    if (agreement === null) return [];
    const middle = x(from + rows / 2);
    return [
      svgLine(
        { x: middle, y: y(agreement.low) },
        { x: middle, y: y(agreement.high) },
        `stroke="${colours.own}" stroke-width="2"`,
      ),
      `<circle cx="${px(middle)}" cy="${px(y(agreement.estimate))}" r="4" fill="${colours.own}"/>`,
    ];
  });
  const line =
    across(promised, `stroke="${colours.fixed}" stroke-dasharray="6 4"`) +
    label(besideAt(promised), `promised: ${percentSet(1 - riskMax)}`);
  return frame(panel, x) + line + points.join('');
}

function costPanel({ replayed, routings }: ReplayReport, x: Scale): string {
  const rows = replayed.rows.length;
  const count = (value: number): string => Math.round(value).toLocaleString('en');
  const panel = { title: 'Teacher rows so far', index: 2, low: 0, high: rows, tick: count };
  const y = scaleOf(panel);
  const [, , fixed, coin] = routings;
  const lines = [
    {
      name: 'teacher for all',
      colour: colours.all,
      points: [[0, 0] as const, [rows, rows] as const],
    },
    { name: fixed!.name, colour: colours.fixed, points: pointsOf(fixed!) },
    { name: 'a coin', colour: colours.coin, points: pointsOf(coin!) },
    { name: 'this gateway', colour: colours.own, points: ownPoints(replayed.marks) },
  ];
  const ends = spread(lines.map(({ points }) => y(points.at(-1)![1])));
  const drawn = lines.map(({ name, colour, points }, index) => {
    const path = points.map(([row, value]) => `${px(x(row))},${px(y(value))}`).join(' ');
    const strokeWidth = name === 'this gateway' ? 3 : 2;
    const end = `${name}: ${count(points.at(-1)![1])}`;
    return (
      `<polyline points="${path}" fill="none" stroke="${colour}" stroke-width="${strokeWidth}"/>` +
      label(besideAt(ends[index]!), end, colour)
    );
  });
  return frame(panel, x) + drawn.join('');
}

const ownPoints = (marks: readonly Mark[]): readonly (readonly [number, number])[] =>
  marks.map(({ rows, teacherRows }) => [rows, teacherRows]);

/** Cumulative teacher rows, at about 200 points. */
function pointsOf({ isByStudent }: Routing): readonly (readonly [number, number])[] {
  const step = Math.max(1, Math.ceil(isByStudent.length / 200));
  const points: [number, number][] = [[0, 0]];
  let atTeacher = 0;
  isByStudent.forEach((byStudent, index) => {
    if (!byStudent) atTeacher++;
    if ((index + 1) % step === 0 || index + 1 === isByStudent.length)
      points.push([index + 1, atTeacher]);
  });
  return points;
}

/** Promotions as thin lines, lost certificates as red ones, through all panels. */
function eventLines({ replayed }: ReplayReport, x: Scale, height: number): string {
  const kinds = new Map([
    ['run-promoted', { colour: '#bbb', name: 'new student' }],
    ['certificate-lost', { colour: '#CC3311', name: 'alarm' }],
  ]);
  const shown = replayed.events.flatMap(({ atRow, kind }) => {
    const style = kinds.get(kind);
    if (style === undefined) return [];
    const [from, to] = [
      { x: x(atRow), y: top - 12 },
      { x: x(atRow), y: height - panelGap + 4 },
    ];
    return [svgLine(from, to, `stroke="${style.colour}" stroke-dasharray="2 3"`)];
  });
  const present = [...kinds].filter(([kind]) => replayed.events.some((e) => e.kind === kind));
  const legend = present.map(
    ([, { colour, name }], index) =>
      svgLine(
        { x: left + index * 110, y: 44 },
        { x: left + index * 110 + 16, y: 44 },
        `stroke="${colour}" stroke-width="2" stroke-dasharray="2 3"`,
      ) + label({ x: left + index * 110 + 22, y: 48, anchor: 'start' }, name),
  );
  return [...shown, ...legend].join('');
}

/** Axes, ticks and the title of a panel. */
function frame({ title, index, low, high, tick }: Panel, x: Scale): string {
  const y = scaleOf({ index, low, high });
  const ticks = [0, 0.25, 0.5, 0.75, 1].map((share) => low + share * (high - low));
  const lines = ticks.map(
    (value) =>
      across(y(value), 'stroke="#e4e4e4"') +
      label({ x: left - 8, y: y(value) + 4, anchor: 'end' }, tick(value)),
  );
  const rowsInAll = Math.round(plotWidth / (x(1) - x(0)));
  const below = [0, 0.25, 0.5, 0.75, 1].map((share) => {
    const row = Math.round(share * rowsInAll);
    const name = `${row.toLocaleString('en')}${share === 1 ? ' rows' : ''}`;
    return label({ x: x(row), y: y(low) + 18, anchor: 'middle' }, name);
  });
  const heading = `<text x="${left}" y="${px(y(high) - 14)}" font-weight="600">${title}</text>`;
  return [heading, ...lines, ...below].join('');
}

function scaleOf({ index, low, high }: Pick<Panel, 'index' | 'low' | 'high'>): Scale {
  const bottom = top + 20 + index * (panelHeight + panelGap) + panelHeight;
  return (value) => bottom - ((value - low) / (high - low)) * panelHeight;
}

/** Moves labels apart that would lie on each other; their order stays. */
function spread(places: readonly number[]): readonly number[] {
  const lineHeight = 15;
  const order = places.map((_, index) => index).sort((a, b) => places[a]! - places[b]!);
  const moved = [...places];
  order.forEach((index, rank) => {
    if (rank === 0) return;
    const above = moved[order[rank - 1]!]!;
    moved[index] = Math.max(moved[index]!, above + lineHeight);
  });
  return moved;
}

/** From the left of a plot to its right. */
const across = (y: number, look: string): string =>
  svgLine({ x: left, y }, { x: left + plotWidth, y }, look);

/** To the right of a plot. */
const besideAt = (y: number): Place => ({ x: left + plotWidth + 8, y: y + 4, anchor: 'start' });

interface Place {
  readonly x: number;
  readonly y: number;
  readonly anchor: 'start' | 'middle' | 'end';
}

const label = ({ x, y, anchor }: Place, content: string, colour = ink): string =>
  svgText({ x, y }, content, `text-anchor="${anchor}" fill="${colour}"`);
