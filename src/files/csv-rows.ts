import { InvalidConfigError } from '../errors.js';
import { utf8Text } from './utf8-text.js';

/** Characters of one field at most: a quote that is never closed would take the whole file in. */
const fieldCharsMax = 16_777_216;

/** One record of a file, and what is wrong with it. */
export interface CsvRecord {
  /** Where it begins. */
  readonly line: number;
  readonly fields: readonly string[];
  /** Null for nothing. */
  readonly problem: string | null;
}

/**
 * Reads a file of separated values record by record, as RFC 4180 says: fields in quotes may hold
 * separators, line ends and doubled quotes. A byte order mark at the start and empty lines are
 * passed over. Lines end with CRLF, LF or CR. A record with a quote out of place says so, and
 * ends with its line; one with a quote that is not closed takes in what follows up to the next.
 * Few programs quote between tabs: there a quote is a character wherever it can not be more, and
 * no field in quotes has both tabs and line ends.
 *
 * @param separator  one character between fields.
 * @throws {InvalidConfigError} for a field without an end, and a file that is not UTF-8.
 */
export async function* csvRows(
  path: string,
  separator: ',' | '\t' = ',',
): AsyncGenerator<CsvRecord> {
  const parser = new CsvParser(path, separator);
  for await (const text of utf8Text(path)) yield* parser.take(text);
  yield* parser.end();
}

/** Where a character stands. */
type Place = 'field-start' | 'plain' | 'quoted' | 'after-quote';

/** Takes a text in pieces; what is not complete yet is kept for the next piece. */
class CsvParser {
  private place: Place = 'field-start';
  private field = '';
  private fields: string[] = [];
  private problem: string | null = null;
  private line = 1;
  private recordLine = 1;
  private isAfterReturn = false;
  private readonly special: RegExp;
  private readonly isOfTabs: boolean;
  /** Of a field in quotes: where it begins, and what it has in it. */
  private quotedLine = 1;
  private hasTab = false;
  private hasLineEnd = false;

  constructor(
    private readonly path: string,
    private readonly separator: string,
  ) {
    this.isOfTabs = separator === '\t';
    this.special = new RegExp(`["\\r\\n${separator}]`, 'g');
  }

  *take(piece: string): Generator<CsvRecord> {
    let from = 0;
    for (const { index } of piece.matchAll(this.special)) {
      this.addText(piece.slice(from, index));
      if (this.isOpenByChance(piece[index]!)) yield* this.takeAsText();
      const ended = this.addSpecial(piece[index]!);
      if (ended !== null) yield ended;
      from = index + 1;
    }
    this.addText(piece.slice(from));
  }

  *end(): Generator<CsvRecord> {
    while (this.isOfTabs && this.place === 'quoted') yield* this.takeAsText();
    if (this.place === 'quoted') this.problem ??= 'the file ends inside quotes.';
    const ended = this.endRecord();
    if (ended !== null) yield ended;
  }

  /** The quote in front of this field was no more than a character, as this one tells. */
  private isOpenByChance(character: string): boolean {
    if (!this.isOfTabs || this.place !== 'quoted' || character === '"') return false;
    if (character === '\t') this.hasTab = true;
    else this.hasLineEnd = true;
    return this.hasTab && this.hasLineEnd;
  }

  /** Takes the field in quotes once more, its first quote being a character. */
  private *takeAsText(): Generator<CsvRecord> {
    const text = this.field.replaceAll('"', '""');
    this.place = 'plain';
    this.field = '"';
    this.line = this.quotedLine;
    this.isAfterReturn = false;
    yield* this.take(text);
  }

  private addText(text: string): void {
    if (text === '') return;
    if (this.place === 'after-quote' && this.isOfTabs)
      this.field = `"${this.field.replaceAll('"', '""')}"`;
    else if (this.place === 'after-quote')
      this.problem ??= 'text follows a closing quote. Double a quote that is meant.';
    if (this.place !== 'quoted') this.place = 'plain';
    this.isAfterReturn = false;
    this.field += text;
    if (this.field.length > fieldCharsMax)
      throw new InvalidConfigError(
        `${this.path}, line ${this.line}: a field is longer than ${fieldCharsMax} characters.`,
        { line: this.line },
      );
  }

  /** @returns the record that ends with this character; null when none does. */
  private addSpecial(character: string): CsvRecord | null {
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
    if (this.place === 'plain') {
      if (this.isOfTabs) this.field += '"';
      else this.problem ??= 'a quote inside a field that does not start with one.';
      return;
    }
    if (this.place === 'field-start') {
      this.quotedLine = this.line;
      this.hasTab = false;
      this.hasLineEnd = false;
    }
    if (this.place === 'after-quote') this.field += '"'; // The second of a pair.
    this.place = this.place === 'quoted' ? 'after-quote' : 'quoted';
  }

  private endField(): void {
    this.fields.push(this.field);
    this.field = '';
    this.place = 'field-start';
  }

  /** @returns the record that ends here; null for an empty line. */
  private endRecord(): CsvRecord | null {
    const line = this.recordLine;
    this.recordLine = this.line;
    if (this.fields.length === 0 && this.place === 'field-start') return null;
    this.endField();
    const ended = { line, fields: this.fields, problem: this.problem };
    this.fields = [];
    this.problem = null;
    return ended;
  }
}
