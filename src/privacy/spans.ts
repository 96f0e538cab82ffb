/** A part of a text: from one position of it to before another one. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

/** Between two groups of a number: spaces, also those at which no line is broken, dots, dashes. */
const separators = ' \u00a0\u2007\u202f.-\u2010\u2011\u2012\u2013';
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
