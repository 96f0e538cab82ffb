/** A part of a text: from one position of it to before another one. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

/** Between two groups of a number: spaces, dots, dashes. */
const separators = ' .-\u2010\u2011\u2012\u2013';
/** So many in a row, as in `4111 - 1111`. */
const separatorsMax = 3;

/**
 * Finds the next letter or digit of a number that is written in groups.
 *
 * @returns its position; one at which there is none, where the number ends.
 */
export function nextOf(text: string, from: number): number {
  let at = from;
  while (at < from + separatorsMax && at < text.length && separators.includes(text[at]!)) at++;
  return at;
}

/** An end of a line between two groups: few separators, and what indents the next line. */
const lineGap = /[ \t.\-\u2010-\u2013]{0,8}(?:\r\n|[\n\r\u0085\u2028\u2029])[ \t]{0,40}/y;

/**
 * Finds the next letter or digit of a number that goes on in the next line.
 *
 * @returns its position; null where no line ends, or an empty one follows.
 */
export function nextOverLineEnd(text: string, from: number): number | null {
  lineGap.lastIndex = from;
  return lineGap.test(text) ? lineGap.lastIndex : null;
}

/** Puts a mark, `[kind]`, in the place of each span; those that overlap are one, of the first. */
export function putMarks(text: string, found: readonly (Span & { readonly kind: string })[]) {
  const inOrder = [...found].sort((a, b) => a.from - b.from || b.to - a.to);
  let marked = '';
  let end = 0;
  for (const { from, to, kind } of inOrder) {
    if (from >= end) marked += `${text.slice(end, from)}[${kind}]`;
    end = Math.max(end, to);
  }
  return marked + text.slice(end);
}
