import assert from 'node:assert/strict';
import { createWriteStream, writeFileSync } from 'node:fs';
import { once } from 'node:events';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { InvalidConfigError } from '../../src/errors.js';
import { tableRows } from '../../src/files/table-rows.js';
import { readTableRows } from '../support/read-table-rows.js';
import { temporaryDirectory } from '../support/temporary-directory.js';

const directory = temporaryDirectory();

/** Writes a file with a long text in its midst. */
async function writeLong(
  name: string,
  pieces: readonly [before: string, longMiB: number, after: string],
): Promise<string> {
  const [before, longMiB, after] = pieces;
  const path = join(directory, name);
  const file = createWriteStream(path);
  file.write(before);
  const piece = Buffer.alloc(2 ** 20, 'x');
  for (let k = 0; k < longMiB; k++) file.write(piece);
  file.end(after);
  await once(file, 'close');
  return path;
}

describe('lines of JSON', () => {
  it('end with a line feed alone, however long they are and wherever a file is cut', async () => {
    const path = join(directory, 'rows.jsonl');
    // Separators of lines and paragraphs, which JSON has in its texts as they are.
    const texts = ['a\u2028b\u2029c', 'x'.repeat(200_000), '\u{1F40E}'.repeat(50_000), 'last'];
    const lines = texts.map((text) => JSON.stringify({ text }));
    writeFileSync(path, `\uFEFF${lines[0]!}\r\n\n${lines.slice(1).join('\n')}`);

    const rows = await readTableRows(path);

    assert.deepEqual(
      rows.map(({ text }) => text),
      texts,
    );
  });

  it('are UTF-8, as a table is', async () => {
    for (const name of ['rows.csv', 'rows.jsonl']) {
      const path = join(directory, `latin1-${name}`);
      const table = 'text\ncaf\xe9\n';
      const text = name.endsWith('csv') ? table : '{"text":"caf\xe9"}\n';
      writeFileSync(path, Buffer.from(text, 'latin1'));

      await assert.rejects(readTableRows(path), /latin1-rows.* is not text in UTF-8/);

      writeFileSync(path, text);
      assert.deepEqual(await readTableRows(path), [{ text: 'café' }]);
    }
  });

  it('are told by their number where one has no end', async () => {
    const path = await writeLong('endless.jsonl', ['{"text":"fine"}\n', 65, '']);

    await assert.rejects(readTableRows(path), (error: unknown) => {
      assert.ok(error instanceof InvalidConfigError);
      return /endless\.jsonl, line 2: it has more than 67108864 characters/.test(error.message);
    });
  });

  it('are passed over where one is too long, and the others are read', async () => {
    const rows = ['{"text":"a"}\n{"text":"', 80, '"}\n{"text":"b"}\n'] as const;

    const { texts, broken } = await readAround(await writeLong('long.jsonl', rows));

    assert.deepEqual(texts, ['a', 'b']);
    assert.deepEqual(broken, ['2: it has more than 67108864 characters. Write one row a line.']);
  });

  it('are read up to the longest that may be', async () => {
    const { texts, broken } = await readAround(
      await writeLong('longest.jsonl', ['{"text":"', 63, '"}\nnull\n']),
    );

    assert.deepEqual([texts[0]!.length, texts.length], [63 * 2 ** 20, 1]);
    assert.deepEqual(broken, ['2: it must be a JSON object.']);
  });
});

async function readAround(path: string) {
  const broken: string[] = [];
  const texts: string[] = [];
  const onBroken = (line: number, what: string): number => broken.push(`${line}: ${what}`);
  for await (const row of tableRows(path, onBroken)) texts.push(row['text'] as string);
  return { texts, broken };
}

describe('separated values', () => {
  const field = 'a field has more than 16777216 characters.';
  const quotes = (lines: number): string =>
    ` It goes on over ${lines} lines: is a quote not closed?`;
  const table = [
    ['plain.csv', ['text,label\na,x\n', 80, ',y\nb,z\n'], ['a', 'b'], `3: ${field}`],
    ['quoted.csv', ['text,label\n"', 80, '\n","y"\nb,z\n'], ['b'], `2: ${field}${quotes(2)}`],
    ['pairs.csv', ['text,label\n"', 17, '""x",y\nb,z\n'], ['b'], `2: ${field}`],
    ['open.csv', ['text,label\na,x\n"', 20, '\nb,z\n'], ['a'], `3: ${field}${quotes(2)}`],
    ['last.csv', ['text,label\na,x\nb,', 20, ''], ['a'], `3: ${field}`],
    ['plain.tsv', ['text\tlabel\n', 80, '\ty\nb\tz\n'], ['b'], `2: ${field}`],
    ['quote.tsv', ['text\tlabel\nx\t"', 80, '\nb\tz\n'], ['b'], `2: ${field}`],
    ['quotes.tsv', ['text\tlabel\n"', 80, '"\ty\nb\tz\n'], ['b'], `2: ${field}`],
  ] as const;
  for (const [name, pieces, expected, problem] of table)
    it(`are passed over where one is too long, and the others are read: ${name}`, async () => {
      const { texts, broken } = await readAround(await writeLong(name, pieces));

      assert.deepEqual([texts, broken], [expected, [problem]]);
    });

  it('are passed over where a record has too many of them', async () => {
    const path = join(directory, 'fields.csv');
    writeFileSync(path, `text,label\na,x\n${','.repeat(3_000_000)}\nb,z\n`);

    const { texts, broken } = await readAround(path);

    assert.deepEqual([texts, broken], [['a', 'b'], ['3: it has more than 1048576 fields.']]);
  });

  it('are passed over where a record is too long, whatever its fields are', async () => {
    const path = join(directory, 'record.csv');
    const cell = 'x'.repeat(2 ** 20);
    writeFileSync(path, `text,label\na,x\n${`${cell},`.repeat(70)}\nb,z\n`);

    const { texts, broken } = await readAround(path);

    assert.deepEqual([texts, broken], [['a', 'b'], ['3: it has more than 67108864 characters.']]);
  });
});

describe('separated values named .csv', () => {
  it('have between them what their header has', async () => {
    const path = join(directory, 'semicolons.csv');
    writeFileSync(path, 'a;"b,c";label\n"7,4";0;x;\n1;2;"y;z"\n');
    const broken: number[] = [];
    const rows = [];
    for await (const row of tableRows(path, (line) => broken.push(line))) rows.push(row);

    assert.deepEqual([rows, broken], [[{ a: '1', 'b,c': '2', label: 'y;z' }], [2]]);
  });

  it('may have columns without a name, which are left out', async () => {
    const path = join(directory, 'unnamed.csv');
    writeFileSync(path, 'v1,v2,,,\nham,"hello, you",,rest,\n');

    assert.deepEqual(await readTableRows(path), [{ v1: 'ham', v2: 'hello, you' }]);
  });

  it('may say so in a line of its own, and have decimal commas between semicolons', async () => {
    const path = join(directory, 'decimals.csv');
    writeFileSync(path, '\uFEFFsep=;\r\nwidth;label\r\n-0,5;a, b\r\n"1,234";1,2,3\r\n');

    assert.deepEqual(await readTableRows(path), [
      { width: '-0.5', label: 'a, b' },
      { width: '1.234', label: '1,2,3' },
    ]);
    writeFileSync(path, 'width,label\n"0,5",a\n');
    assert.deepEqual(await readTableRows(path), [{ width: '0,5', label: 'a' }]);
  });
});
