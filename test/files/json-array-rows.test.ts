import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { tableRows, type TableRow } from '../../src/files/table-rows.js';
import { temporaryDirectory } from '../support/temporary-directory.js';

const directory = temporaryDirectory();
let files = 0;
async function read(content: string): Promise<{ rows: TableRow[]; broken: string[] }> {
  const path = join(directory, `${files++}.json`);
  writeFileSync(path, content);
  const rows: TableRow[] = [];
  const broken: string[] = [];
  for await (const row of tableRows(path, (line, what) => broken.push(`${line}: ${what}`)))
    rows.push(row);
  return { rows, broken };
}

describe('a file that ends with .json', () => {
  it('may be an array of objects; what is none is told of', async () => {
    const { rows, broken } = await read('\uFEFF[\n{"a": 1},\n["b"],\n{"a": 2}\n]\n');

    assert.deepEqual(rows, [{ a: 1 }, { a: 2 }]);
    assert.deepEqual(broken, ['2: its element of that number is no JSON object.']);
  });

  it('may have one object a line', async () => {
    assert.deepEqual((await read('{"a": 1}\n{"a": 2}\n')).rows, [{ a: 1 }, { a: 2 }]);
  });

  for (const [content, problem] of [
    ['[["a", "b"], ["c", "d"]]', /must be an array of JSON objects, or one object a line/],
    ['{\n"train": [{"a": 1}]\n}', /must be an array of JSON objects, or one object a line/],
    ['[{"a": 1},\n{"a": 2},]', /is not JSON: .*line 2, column 10/],
  ] as const)
    it(`is refused where it is neither: ${JSON.stringify(content)}`, async () => {
      await assert.rejects(read(content), problem);
    });
});
