import { escapeXml } from './svg.js';

export interface PictureAbout {
  readonly width: number;
  readonly height: number;
  /** What it is, and what can be seen in it: for those who see no pictures. */
  readonly title: string;
  readonly description: string;
}

/** By class: [light, dark]. Told apart by people who see few colours, too (Okabe & Ito). */
const colours = {
  paper: ['#ffffff', '#161a21'],
  ink: ['#12161d', '#e9edf3'],
  soft: ['#3f4855', '#bcc5d1'],
  grid: ['#dde1e8', '#2a313c'],
  own: ['#0b6fa8', '#56b4e9'],
  other: ['#b84d00', '#f0a04b'],
  onfill: ['#ffffff', '#12161d'],
} as const;

/**
 * Puts a picture together, as a file of its own: it is legible on light and on dark ground, and
 * says in words what it shows. Its parts have their colours by class: `fill-own`, `stroke-grid`.
 */
export function picture(about: PictureAbout, parts: readonly string[]): string {
  const { width, height, title, description } = about;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" role="img" ` +
      `aria-labelledby="title description" class="fill-soft" font-size="13" ` +
      'font-family="system-ui, -apple-system, \'Segoe UI\', sans-serif">',
    `<title id="title">${escapeXml(title)}</title>`,
    `<desc id="description">${escapeXml(description)}</desc>`,
    `<style>${rules(0)} @media (prefers-color-scheme: dark) {${rules(1)}}</style>`,
    `<rect width="${width}" height="${height}" rx="6" class="fill-paper"/>`,
    ...parts,
    '</svg>',
    '',
  ].join('\n');
}

const rules = (theme: 0 | 1): string =>
  Object.entries(colours)
    .map(
      ([name, { [theme]: colour }]) =>
        `.fill-${name}{fill:${colour}}.stroke-${name}{stroke:${colour}}`,
    )
    .join('');
