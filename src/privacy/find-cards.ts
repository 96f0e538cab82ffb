import { digitsMax, digitsMin, ofNetwork, printed, type Cluster } from './card-forms.js';
import { checkDigits } from './check-digits.js';
import { findCardsOverLines } from './find-cards-over-lines.js';
import { nextOf, type Span } from './spans.js';

/**
 * Finds card numbers wherever they stand: 13 to 19 digits with a right check digit, in groups or
 * not, between other digits too. The spans may overlap: all are to be taken out.
 *
 * Each tenth number has a right check digit by chance. Which ones count therefore goes by where
 * they begin and end: the edge of a group of digits is where somebody put it.
 *
 * - all digits that stand together: any such number;
 * - from an edge to an edge: any in one group; in more groups, with one kind of separator between
 *   them, one that begins as those of the networks do, and is as long;
 * - with one edge only: one of the networks, in one group or in groups as cards have them;
 * - in the midst of a longer group: none. There is no telling it from any other digits;
 * - over the ends of lines: as `findCardsOverLines` says.
 *
 * Takes time that grows with the text alone: each digit begins 7 numbers and ends 7.
 *
 * @see ISO/IEC 7812-1, annex B (the Luhn formula)
 */
export function findCards(text: string): readonly Span[] {
  const found: Span[] = [];
  const clusters: Cluster[] = [];
  for (let at = 0; at < text.length; at++) {
    if (!isDigit(text, at)) continue;
    const cluster = clusterAt(text, at);
    clusters.push(cluster);
    if (cluster.digits.length >= digitsMin) findIn(cluster, text, found);
    at = cluster.positions.at(-1)!;
  }
  return [...found, ...findCardsOverLines(clusters, text)];
}

function isDigit(text: string, at: number): boolean {
  const code = text.charCodeAt(at);
  return code >= 48 && code <= 57;
}

function clusterAt(text: string, first: number): Cluster {
  const positions: number[] = [];
  let digits = '';
  for (let at = first; isDigit(text, at); at = nextOf(text, at + 1)) {
    positions.push(at);
    digits += text[at]!;
  }
  return { digits, positions };
}

function findIn({ digits, positions }: Cluster, text: string, found: Span[]): void {
  const count = positions.length;
  const isRight = checkDigits(digits);
  /** Whether a group ends before a digit, and the next one begins with it. */
  const isEdge = (k: number): boolean =>
    k === 0 || k === count || positions[k - 1]! + 1 !== positions[k];
  function look(first: number, end: number): void {
    if (first < 0 || end > count || !isRight(first, end)) return;
    const edges = Number(isEdge(first)) + Number(isEdge(end));
    const span = { from: positions[first]!, to: positions[end - 1]! + 1 };
    const number = digits.slice(first, end);
    const isAny = end - first === count || (edges === 2 && span.to - span.from === number.length);
    if (!isAny && !ofNetwork.test(number)) return;
    if (isAny || isGrouped(text.slice(span.from, span.to), edges)) found.push(span);
  }
  for (let k = 0; k <= count; k++) {
    if (!isEdge(k)) continue;
    for (let length = digitsMin; length <= digitsMax; length++) {
      look(k, k + length);
      if (!isEdge(k - length)) look(k - length, k); // From an edge it has been looked at.
    }
  }
}

/** Whether one kind of separator is in a number, and, with one edge, groups as on cards are. */
function isGrouped(written: string, edges: number): boolean {
  const groups = written.replace(/[^\d.]*\s[^\d.]*/g, ' ').replace(/[^\d. ]+/g, '-');
  const separator = /\D/.exec(groups)?.[0];
  if (separator === undefined) return true;
  if (/\D/.test(groups.replaceAll(separator, ''))) return false;
  return edges === 2 || printed.test(groups.replaceAll(separator, ' '));
}
