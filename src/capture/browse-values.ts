import type { BrowseFilter } from './capture.js';
import type { Cell } from './row-codec.js';

/**
 * Places of the log that one call looks at for rows that fit. Of a subject there is an index: of
 * its rows as many are looked at.
 */
export const placesMax = 10_000;

const flagOf = (flag: boolean | null): number | null => (flag === null ? null : Number(flag));

/**
 * What the rows must have, as values of a statement: source, route, holdout or not, teacher's
 * label, agreed or not, client (null: it does not matter); from, before, ms.
 */
export const wantedOf = ({ source, route, isHoldout, ...rest }: BrowseFilter): readonly Cell[] => [
  ...[source, route, flagOf(isHoldout), rest.teacherLabel, flagOf(rest.isAgreed), rest.client],
  ...[rest.createdFromMs, rest.createdBeforeMs],
];
