import type { BrowseFilter } from './capture.js';
import type { Cell } from './row-codec.js';

/**
 * Places of the log that one call looks at for rows that fit. Of a subject there is an index: of
 * its rows as many are looked at.
 */
export const placesMax = 10_000;

/** Where a call begins to look: before this place. @param newest  of the log; null: it is empty. */
export const startOf = ({ beforeSequence }: BrowseFilter, newest: number | null): number =>
  Math.min(beforeSequence ?? Infinity, (newest ?? 0) + 1);

/** The last place that it looks at, where no subject says which. */
export const lowestOf = (before: number): number => Math.max(1, before - placesMax);

/**
 * Where the next call goes on; null: the log ends there.
 *
 * @param last  place of the last row that was found, where more may fit before it; else null.
 */
export function nextBeforeOf(last: number | null, lowest: number): number | null {
  const reached = last ?? lowest;
  return reached > 1 ? reached : null;
}

const flagOf = (flag: boolean | null): number | null => (flag === null ? null : Number(flag));

/**
 * What the rows must have, as values of a statement: source, route, holdout or not, teacher's
 * label, agreed or not, client (null: it does not matter); from, before, ms.
 */
export const wantedOf = ({ source, route, isHoldout, ...rest }: BrowseFilter): readonly Cell[] => [
  ...[source, route, flagOf(isHoldout), rest.teacherLabel, flagOf(rest.isAgreed), rest.client],
  ...[rest.createdFromMs, rest.createdBeforeMs],
];
