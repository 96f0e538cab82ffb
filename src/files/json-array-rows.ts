import { stat } from 'node:fs/promises';
import { InvalidConfigError } from '../errors.js';
import { isObject } from './is-object.js';
import { parseJson } from './parse-json.js';
import { utf8Text } from './utf8-text.js';

/** Of an array that is in memory as a whole: bytes. */
const bytesMax = 268_435_456;

/**
 * Whether a file of JSON is one value: an array, or an object whose first line does not end it.
 * Otherwise it has one object a line.
 */
export async function isOneValue(path: string): Promise<boolean> {
  for await (const text of utf8Text(path)) {
    const start = text.trimStart();
    if (start !== '') return /^(?:\[|\{[ \t]*\r?\n)/.test(start);
  }
  return false;
}

/**
 * Reads a file that is one array of objects, one row each. It is in memory as a whole.
 *
 * @param onBroken  told of elements that are no objects, by their number.
 * @param onShare   told of the share of the elements that have been read, in [0, 1].
 * @throws {InvalidConfigError} when it is too large for that, not UTF-8, or no such array.
 */
export async function* jsonArrayRows(
  path: string,
  onBroken: (element: number, what: string) => void,
  onShare?: (share: number) => void,
): AsyncGenerator<Readonly<Record<string, unknown>>> {
  const { size } = await stat(path);
  if (size > bytesMax)
    throw new InvalidConfigError(
      `${path} has ${size} bytes, an array of JSON may have ${bytesMax}. Write one object a ` +
        'line, into a file that ends with .jsonl.',
      { bytes: size, bytesMax },
    );
  let content = '';
  for await (const text of utf8Text(path)) content += text;
  const elements = elementsOf(path, content);
  for (const [index, row] of elements.entries()) {
    onShare?.((index + 1) / elements.length);
    if (isObject(row)) yield row;
    else onBroken(index + 1, 'its element of that number is no JSON object.');
  }
}

function elementsOf(path: string, text: string): readonly unknown[] {
  let content: unknown;
  try {
    content = parseJson(text);
  } catch (cause) {
    throw new InvalidConfigError(`${path} is not JSON: ${String(cause)}`, {}, { cause });
  }
  if (Array.isArray(content) && content.some(isObject)) return content;
  throw new InvalidConfigError(`${path} must be an array of JSON objects, or one object a line.`);
}
