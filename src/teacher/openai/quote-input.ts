/**
 * What chat templates take for the borders of messages, such as `<|im_start|>`, `</s>`, `[INST]`:
 * some servers do also where they stand inside of one.
 */
const borders = /<(?=[|/!｜]|[a-z_]+>)|\[(?=\/?(?:inst|sys|tool|system|user|assistant)\b)/giu;
/** What nobody sees, and models read: controls, direction marks, Unicode tags, U+2028. */
const unseen = /[\p{Cc}\p{Cf}\p{Co}\p{Cn}\p{Zl}\p{Zp}]/gu;

/**
 * Writes an input as a JSON string that no text can break out of, in which nothing looks like the
 * border of a message, and nothing is hidden. A JSON reader gets the very input back.
 */
export function quoteInput(text: string): string {
  return JSON.stringify(text).replace(borders, escaped).replace(unseen, escaped);
}

const escaped = (signs: string): string =>
  Array.from({ length: signs.length }, (_, k) => {
    const unit = signs.charCodeAt(k).toString(16).padStart(4, '0');
    return `\\u${unit}`;
  }).join('');
