import { InvalidConfigError } from '../errors.js';
import { utf8Text } from './utf8-text.js';

/** Characters of one field at most: a quote that is never closed would take the whole file in. */
const fieldCharsMax = 16_777_216;

/**
 * Reads a file of separated values record by record, as RFC 4180 says: fields in quotes may hold
 * separators, line ends and doubled quotes. A byte order mark at the start and empty lines are
 * passed over. Lines end with CRLF, LF or CR.
 *
 * @param separator  one character between fields.
 * @throws {InvalidConfigError} naming the line where a quote is out of place or not closed; for a
 *         file that is not UTF-8.
 */
export async function* csvRows(
  path: string,
  separator: ',' | '\t' = ',',
): AsyncGenerator<readonly string[]> {
  const parser = new CsvParser(path, separator);
  let isFirst = true;
  for await (const text of utf8Text(path)) {
    yield* parser.take(isFirst ? text.replace(/^\uFEFF/, '') : text);
    isFirst = false;
  }
  yield* parser.end();
}

/** Where a character stands. */
type Place = 'field-start' | 'plain' | 'quoted' | 'after-quote';

/** Takes a text in pieces; what is not complete yet is kept for the next piece. */
class CsvParser {
  private place: Place = 'field-start';
  private field = '';
  private record: string[] = [];
  private line = 1;
  private isAfterReturn = false;
  private readonly special: RegExp;

  constructor(
    private readonly path: string,
    private readonly separator: string,
  ) {
    this.special = new RegExp(`["\\r\\n${separator}]`, 'g');
  }

  *take(piece: string): Generator<readonly string[]> {
    let from = 0;
    for (const { index } of piece.matchAll(this.special)) {
      this.addText(piece.slice(from, index));
      const ended = this.addSpecial(piece[index]!);
      if (ended !== null) yield ended;
      from = index + 1;
    }
    this.addText(piece.slice(from));
  }

  *end(): Generator<readonly string[]> {
    if (this.place === 'quoted') this.fail('the file ends inside quotes.');
    const ended = this.endRecord();
    if (ended !== null) yield ended;
  }

  private addText(text: string): void {
    if (text === '') return;
    if (this.place === 'after-quote')
      this.fail('text follows a closing quote. Double a quote that is meant.');
    if (this.place === 'field-start') this.place = 'plain';
    this.isAfterReturn = false;
    this.field += text;
    if (this.field.length > fieldCharsMax)
      this.fail(`a field is longer than ${fieldCharsMax} characters.`);
  }

  /** @returns the record that ends with this character; null when none does. */
  private addSpecial(character: string): readonly string[] | null {
    const isSecondOfPair = character === '\n' && this.isAfterReturn;
    this.isAfterReturn = character === '\r';
    const isLineEnd = character === '\r' || character === '\n';
    if (isLineEnd && !isSecondOfPair) this.line++;
    if (character === '"') this.addQuote();
    else if (this.place === 'quoted') this.field += character;
    else if (character === this.separator) this.endField();
    else if (!isSecondOfPair) return this.endRecord();
    return null;
  }

  private addQuote(): void {
    if (this.place === 'plain') this.fail('a quote inside a field that does not start with one.');
    if (this.place === 'after-quote') this.field += '"'; // The second of a pair.
    this.place = this.place === 'quoted' ? 'after-quote' : 'quoted';
  }

  private endField(): void {
    this.record.push(this.field);
    this.field = '';
    this.place = 'field-start';
  }

  /** @returns the record that ends here; null for an empty line. */
  private endRecord(): readonly string[] | null {
    if (this.record.length === 0 && this.place === 'field-start') return null;
    this.endField();
    const ended = this.record;
    this.record = [];
    return ended;
  }

  private fail(what: string): never {
    throw new InvalidConfigError(`${this.path}, line ${this.line}: ${what}`, { line: this.line });
  }
}
