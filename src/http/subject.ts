/** A longer one is no name. */
const charsMax = 200;

/** What a subject must be, for messages. */
export const subjectWords = `a text of 1 to ${charsMax} characters without control characters`;

/** Tells what names whom an input speaks of. No store takes NUL, and no page shows the others. */
export const isSubject = (value: unknown): value is string =>
  typeof value === 'string' &&
  value.length >= 1 &&
  value.length <= charsMax &&
  !/\p{Cc}/u.test(value);
