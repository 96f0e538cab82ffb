import { visible } from './visible.js';

/**
 * Writes a text that comes from elsewhere so that Markdown shows it as it is, in a paragraph, a
 * list or a cell of a table, on one line.
 */
export const plain = (text: string): string =>
  visible(text, 2_000).replaceAll(/[\\`*_[\]<>|~&!$#]/g, '\\$&');

/** Writes the name of a class as code; as a text where it has signs that code does not take. */
export function labelName(name: string): string {
  const shown = visible(name);
  return /[`|\\]|^ | $/.test(shown) ? plain(shown) : `\`${shown}\``;
}

/** `2026-11-25 14:03 UTC` */
export const moment = (ms: number): string =>
  `${new Date(ms).toISOString().slice(0, 16).replace('T', ' ')} UTC`;

/** `2026-11-25 14:03 UTC to 2026-11-26 09:12 UTC`; `-` for none. */
export const timeSpan = (span: { readonly first: number; readonly last: number } | null): string =>
  span === null ? '-' : `${moment(span.first)} to ${moment(span.last)}`;
