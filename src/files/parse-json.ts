/**
 * As `JSON.parse`, for files that people write: the error says in which line, and a byte order
 * mark, which some editors put first, is skipped.
 *
 * @throws {SyntaxError} such as `line 3, column 14: "]" is not expected here`.
 */
export function parseJson(text: string): unknown {
  const plain = text.startsWith('\uFEFF') ? text.slice(1) : text;
  try {
    return JSON.parse(plain);
  } catch (cause) {
    throw new SyntaxError(explain(plain), { cause });
  }
}

function explain(text: string): string {
  if (text.trim() === '') return 'it is empty';
  const at = errorPlace(text);
  const lines = text.slice(0, at).split('\n');
  const place = `line ${lines.length}, column ${lines.at(-1)!.length + 1}`;
  if (at >= text.trimEnd().length) return `${place}: it ends too early`;
  const isComma = text[at] === '}' || text[at] === ']';
  const hint = isComma && /,\s*$/.test(text.slice(0, at)) ? ' after a comma' : '';
  return `${place}: ${JSON.stringify(text[at])} is not expected here${hint}`;
}

const blanks = /[ \t\r\n]*/y;
const number = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/;
const quoted = /"(?:[^"\\\p{Cc}]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/u;
const plainValue = new RegExp(`true|false|null|${number.source}|${quoted.source}`, 'uy');

/** Where a text stops being JSON. V8 tells it of some errors only. */
function errorPlace(text: string): number {
  let at = 0;
  const skip = (pattern: RegExp): boolean => {
    pattern.lastIndex = at;
    const isThere = pattern.test(text);
    if (isThere) at = pattern.lastIndex;
    return isThere;
  };
  const skipSign = (sign: string): boolean => {
    skip(blanks);
    const isThere = text[at] === sign;
    if (isThere) at++;
    return isThere;
  };
  const value = (): boolean => {
    if (skipSign('{')) return skipSign('}') || items(() => name() && skipSign(':') && value(), '}');
    if (skipSign('[')) return skipSign(']') || items(value, ']');
    return skip(plainValue);
  };
  const name = (): boolean => {
    skip(blanks);
    return text[at] === '"' && skip(plainValue);
  };
  const items = (item: () => boolean, end: string): boolean => {
    do if (!item()) return false;
    while (skipSign(','));
    return skipSign(end);
  };
  if (value()) skip(blanks);
  return at;
}
