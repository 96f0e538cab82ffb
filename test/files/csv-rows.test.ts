import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { InvalidConfigError } from '../../src/errors.js';
import { csvRows } from '../../src/files/csv-rows.js';
import { readFixture } from '../support/read-fixture.js';
import { temporaryDirectory } from '../support/temporary-directory.js';

const directory = temporaryDirectory();
let files = 0;
async function read(content: string, separator: ',' | '\t' = ','): Promise<string[][]> {
  const path = join(directory, `${files++}.csv`);
  writeFileSync(path, content);
  const rows: string[][] = [];
  for await (const { line, fields, problem } of csvRows(path, separator)) {
    if (problem !== null) throw new InvalidConfigError(`line ${line}: ${problem}`);
    rows.push([...fields]);
  }
  return rows;
}

describe('a file of separated values', () => {
  it('is read as Python reads it, whatever stands in quotes', async () => {
    const cases = readFixture('files/fixtures/csv.json') as {
      content: string;
      rows: string[][];
    }[];

    assert.ok(cases.length >= 100);
    for (const { content, rows } of cases) assert.deepEqual(await read(content), rows, content);
  });

  it('is the same wherever its text is cut into pieces', async () => {
    // Over the 64 KiB that a stream reads at once, so that quotes, pairs and line ends are cut.
    const field = 'a ""quoted"", line\r\nnext ';
    const content = `"${field}",b\r\n`.repeat(9_000);

    const rows = await read(content);

    const expected = ['a "quoted", line\r\nnext ', 'b'];
    assert.equal(rows.length, 9_000);
    assert.ok(rows.every((row) => row[0] === expected[0] && row[1] === expected[1]));
  });

  it('may begin with a byte order mark, and end its lines in any way', async () => {
    assert.deepEqual(await read('\uFEFFa,b\r\n\r\n1,2\n\n3,4\r5,'), [
      ['a', 'b'],
      ['1', '2'],
      ['3', '4'],
      ['5', ''],
    ]);
  });

  it('has tabs between fields where that is asked for', async () => {
    assert.deepEqual(await read('a,b\t"c\td"\n', '\t'), [['a,b', 'c\td']]);
  });

  for (const [content, ...rows] of [
    ['t\tl\nan "odd" one\tx\n', ['an "odd" one', 'x']],
    ['t\tl\n"Hello" he ""said\tx\n', ['"Hello" he ""said', 'x']],
    ['t\tl\n"never closed\tx\nb\ty\n', ['"never closed', 'x'], ['b', 'y']],
    ['t\tl\n"never closed\tx\n"b"\ty\n', ['"never closed', 'x'], ['b', 'y']],
    ['l\tt\nx\t"never closed\r\ny\tb\r\n', ['x', '"never closed'], ['y', 'b']],
    ['l\tt\nx\t"a ""b"" c', ['x', '"a ""b"" c']],
    ['l\tt\nx\t"two\nlines, ""so"""\ny\tb\n', ['x', 'two\nlines, "so"'], ['y', 'b']],
  ] as const)
    it(`has quotes that are characters between tabs: ${JSON.stringify(content)}`, async () => {
      assert.deepEqual((await read(content, '\t')).slice(1), rows);
    });

  it('counts lines on, where a quote between tabs was a character', async () => {
    const path = join(directory, 'lines.tsv');
    writeFileSync(path, 't\tl\nx\t"a\ny\tb\nz\tc\n');
    const lines: number[] = [];
    for await (const { line } of csvRows(path, '\t')) lines.push(line);

    assert.deepEqual(lines, [1, 2, 3, 4]);
  });

  for (const [content, problem] of [
    ['a,b\n"never closed\nx,y\n', /line 2: the file ends inside quotes/],
    ['a,b\nan "odd" one,y\n', /line 2: a quote inside a field/],
    ['a,b\n"closed"open,y\n', /line 2: text follows a closing quote/],
  ] as const)
    it(`says what is wrong, and in which line: ${JSON.stringify(content)}`, async () => {
      await assert.rejects(read(content), (error) => {
        assert.ok(error instanceof InvalidConfigError);
        assert.match(error.message, problem);
        return true;
      });
    });
});
