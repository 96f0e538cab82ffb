import { nextOf, type Span } from './spans.js';

/** Digits of a card number. */
const [digitsMin, digitsMax] = [13, 19];

/** Digits that nothing but separators stands between. */
interface Cluster {
  readonly digits: string;
  /** Of each digit in the text. */
  readonly positions: readonly number[];
}

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
 * - in the midst of a longer group: none. There is no telling it from any other digits.
 *
 * Takes time that grows with the text alone: each digit begins 7 numbers and ends 7.
 *
 * @see ISO/IEC 7812-1, annex B (the Luhn formula)
 */
export function findCards(text: string): readonly Span[] {
  const found: Span[] = [];
  for (let at = 0; at < text.length; at++) {
    if (!isDigit(text, at)) continue;
    const cluster = clusterAt(text, at);
    if (cluster.digits.length >= digitsMin) findIn(cluster, text, found);
    at = cluster.positions.at(-1)!;
  }
  return found;
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

/**
 * Prefixes of the networks, with the lengths of their numbers: Visa; Mastercard; Maestro, Discover,
 * UnionPay and RuPay; Mir and Mastercard; American Express; Diners Club; JCB; RuPay; Troy. Not
 * that of UATP, 1: too many other numbers begin so.
 */
const ofNetwork = new RegExp(
  '^(?:4(?:\\d{12}|\\d{15}|\\d{18})|5[1-5]\\d{14}|(?:5[06-9]|6\\d)\\d{11,17}|2[2-7]\\d{14,17}|' +
    '3[47]\\d{13}|3[0689]\\d{12,17}|35\\d{14,17}|8[12]\\d{14}|9792\\d{12})$',
);

/** Whether one kind of separator is in a number, and, with one edge, groups as on cards are. */
function isGrouped(written: string, edges: number): boolean {
  const groups = written.replace(/[^\d.]*\s[^\d.]*/g, ' ').replace(/[^\d. ]+/g, '-');
  const separator = /\D/.exec(groups)?.[0];
  if (separator === undefined) return true;
  if (/\D/.test(groups.replaceAll(separator, ''))) return false;
  return edges === 2 || printed.test(groups.replaceAll(separator, ' '));
}

/** Groups that are embossed on cards. */
const printed = /^(?:(?:\d{4} ){3,4}\d{1,4}|\d{4} \d{6} \d{4,5}|\d{6} \d{7,13})$/;

/**
 * Tells of parts of a row of digits whether they end with the check digit of a card number: of
 * their digits, each second one from the last but one on doubled, the sum ends with 0.
 */
function checkDigits(digits: string): (first: number, end: number) => boolean {
  const sums = [0, 1].map((parity) => {
    const sum = new Int32Array(digits.length + 1);
    for (let k = 0; k < digits.length; k++) {
      const digit = digits.charCodeAt(k) - 48;
      const weighed = k % 2 === parity ? 2 * digit : digit;
      sum[k + 1] = sum[k]! + (weighed > 9 ? weighed - 9 : weighed);
    }
    return sum;
  });
  return (first, end) => {
    const sum = sums[end % 2]!;
    return (sum[end]! - sum[first]!) % 10 === 0;
  };
}
