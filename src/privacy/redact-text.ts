import { createContext, Script } from 'node:vm';
import { findCards } from './find-cards.js';
import { findIbans } from './find-ibans.js';
import { plainText } from './plain-text.js';
import { putMarks, type Span } from './spans.js';

/** What is known by itself. */
export const builtInPatterns = ['email', 'iban', 'card', 'phone'] as const;
export type BuiltInPattern = (typeof builtInPatterns)[number];

/** A pattern of the operator. */
export interface OwnPattern {
  /** What stands in its place, in brackets. */
  readonly name: string;
  /** A regular expression of JavaScript, with the flags g and u. */
  readonly regex: string;
}

/** Longer a pattern may not take for one text, ms: whoever can write texts could hold all up. */
const ownMsMax = 50;

/**
 * Creates what takes personal data out of a text: each place is replaced by its kind, `[email]`.
 * Numbers of cards and accounts count only with a right checksum. What is known by itself takes
 * time that grows with the text alone; patterns of the operator are cut short.
 *
 * @returns redacts one text; null when a pattern was cut short: then nothing is known of it.
 */
export function createRedactor({
  builtIn,
  own,
}: {
  readonly builtIn: readonly BuiltInPattern[];
  readonly own: readonly OwnPattern[];
}): (text: string) => string | null {
  const known = builtInPatterns.filter((name) => builtIn.includes(name));
  const ownRedactor = own.length === 0 ? null : createOwnRedactor(own);
  return (text) => {
    const first = ownRedactor === null ? text : ownRedactor(text);
    if (first === null) return null;
    const redacted = redactKnown(known, first);
    // What a number stood right before may be one itself, now that it is gone.
    return redacted === first ? first : redactKnown(known, redacted);
  };
}

/** All are found in one text: none hides a part of another. What is around them stays as it is. */
function redactKnown(known: readonly BuiltInPattern[], written: string): string {
  const { text, writtenSpan } = plainText(written);
  const found = known.flatMap((kind) =>
    finders[kind](text).map((span) => ({ ...writtenSpan(span), kind })),
  );
  return found.length === 0 ? written : putMarks(written, found);
}

/** A name of mail in quotes, as RFC 5321 allows; in JSON these have a backslash before them. */
const quotedName = [
  String.raw`"(?:[^"\\\r\n]|\\[^\r\n]){1,64}"`,
  String.raw`\\"[^"\\\r\n]{1,64}\\"`,
  String.raw`“[^“”"\r\n]{1,64}”`,
].join('|');

/** Of mail; also as in the address of a page. */
const address = new RegExp(
  `(?:[\\p{L}\\p{N}._%+-][\\p{L}\\p{N}._%+'’&-]{0,63}|${quotedName})(?:@|%40)` +
    `[\\p{L}\\p{N}-]{1,63}(?:\\.[\\p{L}\\p{N}-]{1,63}){1,8}`,
  'gu',
);

const finders: Readonly<Record<BuiltInPattern, (text: string) => readonly Span[]>> = {
  email: (text) => spansOf(text, address),
  iban: findIbans,
  card: findCards,
  phone: (text) => phones.flatMap((phone) => spansOf(text, phone)),
};

const spansOf = (text: string, regex: RegExp): readonly Span[] =>
  [...text.matchAll(regex)].map(({ 0: { length }, index }) => ({
    from: index,
    to: index + length,
  }));

/** With the prefix of a country, of a town, and as in North America. */
const phones: readonly RegExp[] = [
  `(?<![\\w+])(?:\\+|00)[1-9](?:[ ()./-]{0,2}\\d){6,14}(?!\\d)`,
  `(?<![\\w+])\\(?0[1-9]\\d{0,4}\\)?(?:[ ./-]{0,2}\\d){5,10}(?!\\d)`,
  `(?<![\\w+])\\(?[2-9]\\d{2}\\)?[ .-]{1,2}\\d{3}[ .-]\\d{4}(?!\\d)`,
].map((phone) => new RegExp(phone, 'g'));

/** Runs in a context of its own, for that alone can be cut short in the midst of an expression. */
function createOwnRedactor(own: readonly OwnPattern[]): (text: string) => string | null {
  const patterns = own.map(({ name, regex }) => [new RegExp(regex, 'gu'), `[${name}]`] as const);
  const sandbox = { patterns, text: '' };
  const context = createContext(sandbox);
  const script = new Script(
    'for (const [regex, mark] of patterns) text = text.replace(regex, mark)',
  );
  return (text) => {
    sandbox.text = text;
    try {
      script.runInContext(context, { timeout: ownMsMax });
      return sandbox.text;
    } catch {
      return null;
    }
  };
}
