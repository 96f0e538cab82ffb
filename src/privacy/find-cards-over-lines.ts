import { digitsMax, digitsMin, ofNetwork, printed, type Cluster } from './card-forms.js';
import { checkDigits } from './check-digits.js';
import { nextOverLineEnd, type Span } from './spans.js';

/** Digits that stand together, and what is between them and the next ones. */
interface Group {
  readonly digits: string;
  readonly from: number;
  readonly to: number;
  /** Null for the end of a line. */
  readonly separator: string | null;
}

/** More digits right beside a number are rather the next number of a table. */
const besideMax = 3;

/**
 * Finds card numbers that go on in the next line. Numbers stand in columns and lists, too: one of
 * them is a card's only where it has the prefix and the length of a network, goes from an edge of a
 * group to another one, has one kind of separator beside the ends of lines, no longer groups beside
 * it, and
 *
 * - is in groups as on cards, with one end of a line between two of them or within one;
 * - or is in groups as on cards, each in a line;
 * - or is one group, with one end of a line within it.
 *
 * Takes time that grows with the text alone: of each group at most 19 digits are looked at.
 */
export function findCardsOverLines(clusters: readonly Cluster[], text: string): readonly Span[] {
  const found: Span[] = [];
  for (const groups of rowsOf(clusters, text)) {
    const isRight = checkDigits(groups.map(({ digits }) => digits).join(''));
    let before = 0; // Digits of the row before a number.
    for (const [first, group] of groups.entries()) {
      let count = 0;
      for (let last = first; last < groups.length && count <= digitsMax; last++) {
        count += groups[last]!.digits.length;
        if (count < digitsMin || count > digitsMax || !isRight(before, before + count)) continue;
        if (isCard(groups, first, last)) found.push({ from: group.from, to: groups[last]!.to });
      }
      before += group.digits.length;
    }
  }
  return found;
}

/** Groups with no more than separators and ends of lines between them, of two lines or more. */
function rowsOf(clusters: readonly Cluster[], text: string): readonly (readonly Group[])[] {
  const rows: Group[][] = [];
  let row: Group[] = [];
  for (const [index, cluster] of clusters.entries()) {
    row.push(...groupsOf(cluster, text));
    const end = cluster.positions.at(-1)! + 1;
    if (nextOverLineEnd(text, end) === clusters[index + 1]?.positions[0]) continue;
    if (row.length > 1) rows.push(row);
    row = [];
  }
  return rows.filter((groups) => groups.slice(0, -1).some(({ separator }) => separator === null));
}

function groupsOf({ digits, positions }: Cluster, text: string): readonly Group[] {
  const groups: Group[] = [];
  let first = 0;
  for (let k = 1; k <= positions.length; k++) {
    const from = positions[first]!;
    const to = positions[k - 1]! + 1;
    if (to === positions[k]) continue;
    const next = positions[k];
    const separator = next === undefined ? null : kindOf(text.slice(to, next));
    groups.push({ digits: digits.slice(first, k), from, to, separator });
    first = k;
  }
  return groups;
}

/** A dash of any length is one, with spaces around it or not. */
const kindOf = (gap: string): string => gap.replace(/^ +(?=.)| +$/g, '').replace(/[^. ]+/, '-');

function isCard(groups: readonly Group[], first: number, last: number): boolean {
  const own = groups.slice(first, last + 1);
  const gaps = own.slice(0, -1).map(({ separator }) => separator);
  const lineEnds = gaps.filter((separator) => separator === null).length;
  if (lineEnds === 0 || new Set(gaps).size > 2) return false;
  if (isLong(groups[first - 1]) || isLong(groups[last + 1])) return false;
  const spaced = own.map(({ digits }) => digits).join(' ');
  if (!ofNetwork.test(spaced.replaceAll(' ', ''))) return false;
  if (lineEnds > 1) return lineEnds === gaps.length && printed.test(spaced);
  const joined = own
    .map(({ digits, separator }) => (separator === null ? digits : `${digits} `))
    .join('')
    .trimEnd();
  return own.length === 2 || printed.test(spaced) || printed.test(joined);
}

const isLong = (group: Group | undefined): boolean => (group?.digits.length ?? 0) > besideMax;
