import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { brotliCompressSync } from 'node:zlib';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { InvalidConfigError } from '../../src/errors.js';
import { readParquet, writeParquet } from '../../src/files/parquet-file.js';
import { parquetPages } from '../../src/files/parquet-pages.js';
import { parquetRows } from '../../src/files/parquet-rows.js';
import { temporaryDirectory } from '../support/temporary-directory.js';

const directory = temporaryDirectory();
const allRows = async (path: string): Promise<void> => {
  for await (const row of parquetRows(path)) assert.ok(row);
};
const bytes = Uint8Array.of(0, 255, 128, 10, 13, 0);

describe('a Parquet file', () => {
  it('gives back every value, bytes as bytes and texts as texts', async () => {
    const path = join(directory, 'mixed.parquet');
    await writeParquet(path, [
      { name: 'text', type: 'STRING', data: ['zürich', '', '数字'] },
      { name: 'bytes', type: 'BYTE_ARRAY', data: [bytes, new Uint8Array(0), bytes.slice(1)] },
      { name: 'whole', type: 'INT32', data: [-1, 0, 2 ** 31 - 1] },
      { name: 'real', type: 'DOUBLE', data: [0.1, -0, 1e-310] },
    ]);

    assert.deepEqual(await readParquet(path), [
      { text: 'zürich', bytes, whole: -1, real: 0.1 },
      { text: '', bytes: new Uint8Array(0), whole: 0, real: -0 },
      { text: '数字', bytes: bytes.slice(1), whole: 2 ** 31 - 1, real: 1e-310 },
    ]);
  });

  it('keeps what is absent apart from what is empty', async () => {
    const path = join(directory, 'absent.parquet');
    await writeParquet(path, [
      { name: 'bytes', type: 'BYTE_ARRAY', data: [null, new Uint8Array(0), bytes] },
    ]);

    const rows = await readParquet(path);

    assert.deepEqual(
      rows.map((row) => row['bytes'] ?? null),
      [null, new Uint8Array(0), bytes],
    );
  });

  it('may have no row', async () => {
    const path = join(directory, 'empty.parquet');
    await writeParquet(path, [{ name: 'text', type: 'STRING', data: [] }]);

    assert.deepEqual(await readParquet(path), []);
  });

  it('compresses alike rows, and is the same bytes for the same rows', async () => {
    // No two are equal: a dictionary of whole values would save nothing.
    const alike = Array.from({ length: 500 }, (_, k) => new Uint8Array(784).fill(7).fill(k, 0, 2));
    const column = { name: 'bytes', type: 'BYTE_ARRAY', data: alike } as const;
    const paths = ['one', 'two'].map((name) => join(directory, `${name}.parquet`));

    for (const path of paths) await writeParquet(path, [column]);

    const [one, two] = paths.map((path) => readFileSync(path));
    assert.deepEqual(one, two);
    assert.ok(one!.length < 20_000, `${one!.length} bytes of 392 000`);
  });

  it('is read when another program compressed it otherwise', async () => {
    const path = join(directory, 'brotli.parquet');
    const buffer = parquetWriteBuffer({
      columnData: [{ name: 'text', type: 'STRING', data: ['a', 'a', 'b'] }],
      codec: 'BROTLI',
      compressors: { BROTLI: (plain) => brotliCompressSync(plain) },
    });
    writeFileSync(path, new Uint8Array(buffer));

    assert.deepEqual(await readParquet(path), [{ text: 'a' }, { text: 'a' }, { text: 'b' }]);
  });

  it('is refused when it is cut short', async () => {
    const path = join(directory, 'cut.parquet');
    await writeParquet(path, [{ name: 'text', type: 'STRING', data: ['a', 'b'] }]);
    const whole = readFileSync(path);
    for (const [length, problem] of [
      [0, 'it is empty.'],
      [3, 'it does not begin with PAR1, as all such files do.'],
      [4, 'it is cut short: its end is missing, after 4 bytes.'],
      [40, 'it is cut short: its end is missing, after 40 bytes.'],
      [whole.length - 1, `it is cut short: its end is missing, after ${whole.length - 1} bytes.`],
    ] as const) {
      writeFileSync(path, whole.subarray(0, length));

      for (const read of [readParquet, allRows])
        await assert.rejects(read(path), (error) => {
          assert.ok(error instanceof InvalidConfigError);
          assert.ok(error.message.startsWith(`${path} cannot be read as Parquet: ${problem} `));
          return /(?:Copy it once more|Write it as Parquet)/.test(error.message);
        });
    }
  });

  it('is refused when it is damaged, and says what of it', async () => {
    const path = join(directory, 'damaged.parquet');
    const data = Array.from({ length: 300 }, (_, k) => `text ${k}`);
    await writeParquet(path, [{ name: 'text', type: 'STRING', data }]);
    const whole = readFileSync(path);
    for (const [at, bytes, what] of [
      [whole.length - 8, [255, 255, 255, 0], 'the list of its columns'],
      [whole.length - 12, [255, 255, 255, 255], 'the list of its columns'],
      [200, Array<number>(100).fill(0), '(?:its rows|rows 1 to 300 of 300)'],
    ] as const) {
      const damaged = Buffer.from(whole);
      damaged.set(bytes, at);
      writeFileSync(path, damaged);

      for (const read of [readParquet, allRows])
        await assert.rejects(read(path), (error) => {
          assert.ok(error instanceof InvalidConfigError);
          const expected = `is damaged: ${what} can not be made out .*Error.* Copy it once more`;
          assert.match(error.message, new RegExp(expected));
          return error.message.startsWith(path);
        });
    }
  });

  it('is given up when its reader would go on for ever', { timeout: 60_000 }, async () => {
    const path = join(directory, 'endless.parquet');
    const data = Array.from({ length: 300 }, (_, k) => 'abcd'.charAt((k * 7 + (k >> 3)) % 4));
    const column = { name: 'text', type: 'STRING', data } as const;
    const damaged = Buffer.from(
      parquetWriteBuffer({ columnData: [column], codec: 'UNCOMPRESSED' }),
    );
    // Indexes of 2 bits, packed in groups: now of none, in a number of groups below zero.
    const at = damaged.indexOf(Buffer.from([0xd8, 0x04, 0x01, 0x02])) + 3;
    damaged.set([0, 255, 255, 255, 255, 15], at);
    writeFileSync(path, damaged);

    const read = async (): Promise<void> => {
      for await (const row of parquetRows(path, undefined, 1000)) assert.fail(JSON.stringify(row));
    };

    await assert.rejects(read, {
      name: 'InvalidConfigError',
      message:
        `${path} cannot be read as Parquet: it is damaged: rows 1 to 300 of 300 can not be made ` +
        'out (no end was in sight after 1 s). Copy it once more, or write it anew.',
    });
  });

  it('goes from thread to thread in pages of some megabytes', async () => {
    const path = join(directory, 'large-rows.parquet');
    const large = Array.from({ length: 5 }, (_, k) => new Uint8Array(3_000_000).fill(k));
    await writeParquet(path, [{ name: 'bytes', type: 'BYTE_ARRAY', data: large }]);

    const pages: number[] = [];
    for await (const { rows } of parquetPages(path)) pages.push(rows.length);

    assert.deepEqual(pages, [0, 2, 2, 1]);
  });

  it('tells the share of its rows that have been read', async () => {
    const path = join(directory, 'shares.parquet');
    await writeParquet(path, [{ name: 'text', type: 'STRING', data: ['a', 'b', 'c', 'd'] }]);
    const shares: number[] = [];

    for await (const row of parquetRows(path, (share) => shares.push(share))) assert.ok(row);

    assert.deepEqual(shares, [0.25, 0.5, 0.75, 1]);
  });
});
