import type { Span } from './spans.js';

/** A text in plain characters, in which personal data is looked for. */
export interface PlainText {
  readonly text: string;
  /** Gives the part of the text as it was written that a part of the plain one stands for. */
  readonly writtenSpan: (span: Span) => Span;
}

/** Not seen: where a line may or may not be broken, which way letters run, how a sign is drawn. */
const unseen =
  '\\u00ad\\u034f\\u061c\\u180e\\u200b-\\u200f\\u202a-\\u202e\\u2060-\\u206f\\ufe00-\\ufe0f\\ufeff';
/** Spaces of a width of their own, or at which no line is broken. */
const spaces = '\\u00a0\\u2000-\\u200a\\u202f\\u205f\\u3000';
/** Letters, digits and signs as wide as those of East Asia, in the order of ASCII. */
const wide = '\\uff01-\\uff5e';

const special = new RegExp(`[${unseen}${spaces}${wide}]`);
const isUnseen = new RegExp(`[${unseen}]`);
const isSpace = new RegExp(`[${spaces}]`);
const wideFrom = 0xff01 - 0x21;

/** Makes each special character plain, and leaves out what is not seen: in one pass. */
export function plainText(written: string): PlainText {
  if (!special.test(written)) return { text: written, writtenSpan: (span) => span };
  const positions: number[] = []; // Of each plain character in the written text.
  let text = '';
  for (let at = 0; at < written.length; at++) {
    const character = written[at]!;
    if (special.test(character)) {
      if (isUnseen.test(character)) continue;
      text += isSpace.test(character)
        ? ' '
        : String.fromCharCode(character.charCodeAt(0) - wideFrom);
    } else text += character;
    positions.push(at);
  }
  const writtenSpan = ({ from, to }: Span): Span => ({
    from: positions[from]!,
    to: positions[to - 1]! + 1,
  });
  return { text, writtenSpan };
}
