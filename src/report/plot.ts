import { px, svgLine, svgText, type Place } from './svg.js';

export interface Axis {
  readonly low: number;
  readonly high: number;
  readonly ticks: readonly number[];
  readonly show: (value: number) => string;
  /** With its unit. */
  readonly title: string;
}

export interface PlotFrame {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
  readonly x: Axis;
  readonly y: Axis;
}

export interface Plot {
  /** Axes, ticks and their words. */
  readonly frame: readonly string[];
  /** Where a pair of values lies; what is outside is drawn at the edge. */
  readonly at: (x: number, y: number) => Place;
}

/** Draws the axes of a plot, and says where values lie in it. */
export function createPlot({ left, top, width, height, x, y }: PlotFrame): Plot {
  const bottom = top + height;
  const at = (valueX: number, valueY: number): Place => ({
    x: left + shareOf(valueX, x) * width,
    y: bottom - shareOf(valueY, y) * height,
  });
  const grid = 'class="stroke-grid"';
  const frame = [
    ...x.ticks.flatMap((value) => {
      const [low, high] = [at(value, y.low), at(value, y.high)];
      const below = { x: low.x, y: bottom + 18 };
      return [svgLine(low, high, grid), svgText(below, x.show(value), 'text-anchor="middle"')];
    }),
    ...y.ticks.flatMap((value) => {
      const [low, high] = [at(x.low, value), at(x.high, value)];
      const beside = { x: left - 8, y: low.y + 4 };
      return [svgLine(low, high, grid), svgText(beside, y.show(value), 'text-anchor="end"')];
    }),
    svgText({ x: left + width / 2, y: bottom + 38 }, x.title, 'text-anchor="middle"'),
    turned({ x: left - 52, y: top + height / 2 }, y.title),
  ];
  return { frame, at };
}

/** @returns round numbers inside [0, high], 0 first, about so many of them. */
export function ticksTo(high: number, count = 5): number[] {
  const power = 10 ** Math.floor(Math.log10(high / count));
  const step = [1, 2, 5, 10].map((digit) => digit * power).find((size) => high / size <= count)!;
  const ticks: number[] = [];
  for (let k = 0; k * step <= high * (1 + 1e-9); k++) ticks.push(Number((k * step).toPrecision(6)));
  return ticks;
}

const shareOf = (value: number, { low, high }: Axis): number =>
  Math.min(1, Math.max(0, (value - low) / (high - low)));

/** Reads from the bottom to the top. */
const turned = (at: Place, content: string): string =>
  svgText(at, content, `text-anchor="middle" transform="rotate(-90 ${px(at.x)} ${px(at.y)})"`);
