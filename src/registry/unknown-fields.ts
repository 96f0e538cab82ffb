import { manifestSchema } from './bundle-schema.js';

export interface UnknownField {
  readonly name: string;
  /** The field that it may be meant for; null when none is alike. */
  readonly meant: string | null;
}

/** Letters that may be wrong, missing or too many in a name that is still taken for another. */
const editsMax = 2;

/**
 * Finds the fields of a manifest that nobody reads. They are kept, for other programs and later
 * versions; a mistyped one would go unseen. `$schema` and names that start with `_` are meant so.
 */
export function unknownFieldsOf(manifest: object): readonly UnknownField[] {
  const known = Object.keys(manifestSchema.shape);
  return Object.keys(manifest)
    .filter((name) => !known.includes(name) && !/^[$_]/.test(name))
    .map((name) => ({ name, meant: nearestOf(name, known) }));
}

function nearestOf(name: string, known: readonly string[]): string | null {
  const lower = name.toLowerCase();
  const near = known
    .map((other) => ({ other, edits: editsBetween(lower, other.toLowerCase()) }))
    .sort((a, b) => a.edits - b.edits)[0]!;
  return near.edits <= editsMax ? near.other : null;
}

/** Levenshtein's distance; two letters that have changed places count as two. */
function editsBetween(one: string, other: string): number {
  let above = Array.from({ length: other.length + 1 }, (_, k) => k);
  for (let row = 1; row <= one.length; row++) {
    const line = [row];
    for (let k = 1; k <= other.length; k++) {
      const replaced = above[k - 1]! + Number(one[row - 1] !== other[k - 1]);
      line.push(Math.min(replaced, above[k]! + 1, line[k - 1]! + 1));
    }
    above = line;
  }
  return above.at(-1)!;
}
