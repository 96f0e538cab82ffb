/**
 * What is drawn, or is an escape of its own: control characters, marks that turn the direction of
 * a text or have no width, halves of a character.
 */
const unseen = new RegExp(
  [
    '[\\u0000-\\u001f\\u007f-\\u009f\\u200b-\\u200f\\u2028-\\u202e\\u2060-\\u206f]',
    '[\\ufeff\\ufffe\\uffff]',
    '[\\ud800-\\udbff](?![\\udc00-\\udfff])',
    '(?<![\\ud800-\\udbff])[\\udc00-\\udfff]',
  ].join('|'),
  'g',
);

/**
 * Makes a name harmless to show: whatever would not be seen is written as its number.
 *
 * @param charsMax  longer names end in an ellipsis.
 * @returns         at least one character, on one line.
 */
export function visible(name: string, charsMax = 60): string {
  const shown = name.replaceAll(
    unseen,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
  if (shown.trim() === '') return `"${shown}"`;
  const chars = Array.from(shown);
  return chars.length <= charsMax ? shown : `${chars.slice(0, charsMax - 1).join('')}\u2026`;
}
