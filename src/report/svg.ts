/*
 * The few elements that every picture here is made of. `look` is attributes as SVG has them, of our
 * own making: whatever comes from outside goes in as the content of a text, and is escaped there.
 */

export interface Place {
  readonly x: number;
  readonly y: number;
}

/** To a tenth of a pixel. */
export const px = (value: number): string => value.toFixed(1);

export const escapeXml = (content: string): string =>
  content
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');

export const svgText = ({ x, y }: Place, content: string, look = ''): string =>
  `<text x="${px(x)}" y="${px(y)}" ${look}>${escapeXml(content)}</text>`;

export const svgLine = (from: Place, to: Place, look: string): string =>
  `<line x1="${px(from.x)}" y1="${px(from.y)}" x2="${px(to.x)}" y2="${px(to.y)}" ${look}/>`;

export const svgPath = (points: readonly Place[]): string =>
  points.map(({ x, y }) => `${px(x)},${px(y)}`).join(' ');
