/** Rows of a file that are left out: how many, and why. */
export interface UnusableRows {
  /** @param where  of the file: `row 7`. */
  readonly add: (where: string, what: string) => void;
  readonly count: number;
  /** One line a reason, the most frequent first, with the places of its first rows. */
  reasons(): readonly string[];
}

/** Different reasons that are told apart, and places that are named of each. */
const reasonsMax = 5;
const placesMax = 3;
const other = 'other reasons';

interface Reason {
  readonly what: string;
  readonly places: string[];
  count: number;
}

/** Counts rows that can not be used. Reasons that differ in numbers alone are one. */
export function createUnusableRows(): UnusableRows {
  const reasons = new Map<string, Reason>();
  let count = 0;

  return {
    add: (where, what) => {
      count++;
      const kind = what.replace(/\d+/g, '0');
      const isOther = !reasons.has(kind) && reasons.size >= reasonsMax;
      const key = isOther ? other : kind;
      const reason = reasons.get(key) ?? { what: isOther ? other : what, places: [], count: 0 };
      reason.count++;
      if (reason.places.length < placesMax) reason.places.push(where);
      reasons.set(key, reason);
    },
    get count() {
      return count;
    },
    reasons: () =>
      [...reasons.values()]
        .sort((one, other) => other.count - one.count)
        .map(({ what, places, count: of }) => {
          const more = of > places.length ? ', ...' : '';
          return `${of}: ${what} (${places.join(', ')}${more})`;
        }),
  };
}
