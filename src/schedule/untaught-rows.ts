/** What of a captured row decides whether there is something new in it. */
export interface TeachingRow {
  readonly inputHash: string;
  readonly teacherLabel: number;
}

/** Inputs that are remembered, 4 MB of them at most: a repeat of one before counts once more. */
const inputsMax = 65_536;
/** Of a hash, in hexadecimal: as many as a number holds without loss. */
const hashDigits = 13;

/**
 * Tells repeats from rows that a run could learn from: of equal inputs it takes one. An input that
 * comes with another label than last time is no repeat.
 *
 * @returns whether a row is new; each counts as known from then on.
 */
export function createUntaughtRows(max = inputsMax): (row: TeachingRow) => boolean {
  const labels = new Map<number, number>(); // The latest last.
  return ({ inputHash, teacherLabel }) => {
    const key = Number.parseInt(inputHash.slice(0, hashDigits), 16);
    const isNew = labels.get(key) !== teacherLabel;
    labels.delete(key);
    labels.set(key, teacherLabel);
    if (labels.size > max) labels.delete(labels.keys().next().value!);
    return isNew;
  };
}
