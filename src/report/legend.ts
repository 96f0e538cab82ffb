import { svgLine, svgText, type Place } from './svg.js';

export interface LegendEntry {
  readonly name: string;
  /** Of the line that it names. */
  readonly look: string;
}

/** About what a letter takes. */
const charPx = 7.4;

/** Names lines, side by side from `at` on. */
export function legend(at: Place, entries: readonly LegendEntry[]): string[] {
  let { x } = at;
  return entries.flatMap(({ name, look }) => {
    const start = x;
    x += 34 + name.length * charPx + 18;
    return [
      svgLine({ x: start, y: at.y - 4 }, { x: start + 26, y: at.y - 4 }, look),
      svgText({ x: start + 34, y: at.y }, name),
    ];
  });
}
