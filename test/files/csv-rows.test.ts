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
