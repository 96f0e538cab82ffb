import { headerSeparator } from './header-separator.js';
import { utf8Text } from './utf8-text.js';

/** Characters of a field at most: a quote that is never closed would take the whole file in. */
const fieldCharsMax = 16_777_216;
/** Of a record, in characters and in fields. */
const [recordCharsMax, fieldsMax] = [67_108_864, 1_048_576];

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
 * no field in quotes has both tabs and line ends. Between semicolons `3,5` is 3.5. Of a record that
 * is too long nothing is kept; its problem says so.
 *
 * @param separator  one character between fields; null: the one that the header has, as
 *                   `headerSeparator` says.
 * @param onShare    as `utf8Text` has it.
 * @throws {InvalidConfigError} for a file that is not UTF-8.
 */
export async function* csvRows(
  path: string,
  separator: ',' | ';' | '\t' | null = null,
  onShare?: (share: number) => void,
): AsyncGenerator<CsvRecord> {
  let begun = '';
  let parser = separator && new CsvParser(separator);
  for await (const text of utf8Text(path, onShare)) {
    begun += text;
    if (parser === null && begun.length < headerCharsMax && !hasLine.test(begun)) continue;
    if (parser === null) [parser, begun] = begin(begun);
    yield* parser.take(begun);
    begun = '';
  }
  if (parser === null) [parser, begun] = begin(begun);
  yield* parser.take(begun);
  yield* parser.end();
}

/** Spreadsheets write it before the header, and it is no row: `sep=;`. */
const separatorLine = /^sep=([,;\t])(?=[\r\n])/i;

/** @returns the parser for a file that begins so, and what it is to take first. */
function begin(text: string): [CsvParser, string] {
  const named = separatorLine.exec(text)?.[1];
  const parser = new CsvParser(named ?? headerSeparator(text));
  return [parser, named === undefined ? text : text.replace(separatorLine, '')];
}

const hasLine = /[^\r\n][\r\n]/;
/** Of a header that is longer the beginning tells. */
const headerCharsMax = 1_048_576;

/** Between semicolons the comma is that of decimals: `3,5`. */
const withPoint = (field: string): string =>
  /^\s*[+-]?\d+,\d+\s*$/.test(field) ? field.replace(',', '.') : field;

/** Where a character stands. */
type Place = 'field-start' | 'plain' | 'quoted' | 'after-quote';

/** Takes a text in pieces; what is not complete yet is kept for the next piece. */
class CsvParser {
  private place: Place = 'field-start';
  private field = '';
  private fields: string[] = [];
  private recordChars = 0;
  private problem: string | null = null;
  /** What is too long of the record, which is read to its end all the same. */
  private excess: string | null = null;
  private line = 1;
  private recordLine = 1;
  private isAfterReturn = false;
  private readonly special: RegExp;
  private readonly isOfTabs: boolean;
  /** Of a field in quotes: where it begins, and what it has in it. */
  private quotedLine = 1;
  private hasTab = false;
  private hasLineEnd = false;

  constructor(private readonly separator: string) {
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
    if (this.isOpenByChance('')) yield* this.takeAsText();
  }

  *end(): Generator<CsvRecord> {
    while (this.isOfTabs && this.place === 'quoted') yield* this.takeAsText();
    if (this.place === 'quoted') this.problem ??= 'the file ends inside quotes.';
    const ended = this.endRecord();
    if (ended !== null) yield ended;
  }

  /** The quote in front of this field was a mere character, as this one or its length tells. */
  private isOpenByChance(character: string): boolean {
    if (!this.isOfTabs || this.place !== 'quoted') return false;
    if (character === '\t') this.hasTab = true;
    if (character === '\n' || character === '\r') this.hasLineEnd = true;
    return (this.hasTab && this.hasLineEnd) || this.field.length > fieldCharsMax;
  }

  /** Takes the field in quotes once more, its first quote being a character. */
  private *takeAsText(): Generator<CsvRecord> {
    const text = this.field.replaceAll('"', '""');
    this.recordChars -= this.field.length;
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
    this.addToField(text);
  }

  private addToField(text: string): void {
    if (this.excess !== null) return;
    this.field += text;
    this.recordChars += text.length;
    if (this.recordChars > recordCharsMax)
      this.drop(`it has more than ${recordCharsMax} characters`);
    else if (this.field.length <= fieldCharsMax) return;
    else if (this.isOfTabs && this.place === 'quoted')
      return; // It is taken as text.
    else this.drop(`a field has more than ${fieldCharsMax} characters`);
  }

  private drop(excess: string): void {
    this.excess = excess;
    this.field = '';
    this.fields = [];
  }

  /** @returns the record that ends with this character; null when none does. */
  private addSpecial(character: string): CsvRecord | null {
    const isSecondOfPair = character === '\n' && this.isAfterReturn;
    this.isAfterReturn = character === '\r';
    const isLineEnd = character === '\r' || character === '\n';
    if (isLineEnd && !isSecondOfPair) this.line++;
    if (character === '"') this.addQuote();
    else if (this.place === 'quoted') this.addToField(character);
    else if (character === this.separator) this.endField();
    else if (!isSecondOfPair) return this.endRecord();
    return null;
  }

  private addQuote(): void {
    if (this.place === 'plain') {
      if (this.isOfTabs) this.addToField('"');
      else this.problem ??= 'a quote inside a field that does not start with one.';
      return;
    }
    if (this.place === 'field-start') {
      this.quotedLine = this.line;
      this.hasTab = false;
      this.hasLineEnd = false;
    }
    const isSecondOfPair = this.place === 'after-quote';
    this.place = this.place === 'quoted' ? 'after-quote' : 'quoted';
    if (isSecondOfPair) this.addToField('"');
  }

  private endField(): void {
    this.place = 'field-start';
    if (this.excess !== null) return;
    this.fields.push(this.field);
    this.field = '';
    if (this.fields.length > fieldsMax) this.drop(`it has more than ${fieldsMax} fields`);
  }

  /** @returns the record that ends here; null for an empty line. */
  private endRecord(): CsvRecord | null {
    const line = this.recordLine;
    this.recordLine = this.line;
    if (this.fields.length === 0 && this.place === 'field-start' && this.excess === null)
      return null;
    this.endField();
    const problem = this.excessWords(line) ?? this.problem;
    const fields = this.separator === ';' ? this.fields.map(withPoint) : this.fields;
    const ended = { line, fields, problem };
    this.fields = [];
    this.recordChars = 0;
    this.problem = null;
    this.excess = null;
    return ended;
  }

  private excessWords(line: number): string | null {
    if (this.excess === null) return null;
    const lines = this.line - line;
    const quotes = lines > 1 ? ` It goes on over ${lines} lines: is a quote not closed?` : '';
    return `${this.excess}.${quotes}`;
  }
}
