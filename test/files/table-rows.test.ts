import assert from 'node:assert/strict';
import { createWriteStream, writeFileSync } from 'node:fs';
import { once } from 'node:events';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { InvalidConfigError } from '../../src/errors.js';
import { readTableRows } from '../support/read-table-rows.js';
import { temporaryDirectory } from '../support/temporary-directory.js';

const directory = temporaryDirectory();

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
    const path = join(directory, 'endless.jsonl');
    const file = createWriteStream(path);
    file.write('{"text":"fine"}\n');
    const piece = Buffer.alloc(2 ** 20, 'x');
    for (let k = 0; k < 65; k++) file.write(piece);
    file.end();
    await once(file, 'close');

    await assert.rejects(readTableRows(path), (error: unknown) => {
      assert.ok(error instanceof InvalidConfigError);
      return /endless\.jsonl, line 2: it has more than 67108864 characters/.test(error.message);
    });
  });
});
