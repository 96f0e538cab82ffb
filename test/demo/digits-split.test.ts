import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import {
  digitsTask,
  loadDigitsSplit,
  splitSizes,
  type SplitName,
} from '../../src/demo/digits-split.js';
import { writeDigitsData } from '../../src/demo/write-digits-data.js';
import { repositoryRoot } from '../../src/files/repository-root.js';
import { readLabelledImages, type LabelledImage } from '../../src/task/labelled-images.js';
import { temporaryDirectory } from '../support/temporary-directory.js';

const names = Object.keys(splitSizes) as SplitName[];
const split = loadDigitsSplit();
const committed = join(repositoryRoot(), 'models', 'digits', 'data');
const keyOf = ({ image }: LabelledImage): string => Buffer.from(image).toString('base64');
const read = (file: string) => readLabelledImages(join(committed, file), digitsTask);

describe('the digits', () => {
  it('are split into parts of the sizes that are named', () => {
    const sizes = Object.fromEntries(names.map((name) => [name, split[name].length]));

    assert.deepEqual(sizes, { teacherTraining: 4000, stream: 4500, golden: 500, test: 1000 });
  });

  it('are in one part each, by their pixels', () => {
    const keys = names.flatMap((name) => split[name].map(keyOf));

    assert.equal(new Set(keys).size, 10_000);
  });

  it('have all ten labels in every part', () => {
    for (const name of names) {
      const labels = new Set(split[name].map(({ label }) => label));
      assert.deepEqual([...labels].sort(), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9], name);
    }
  });

  it('are always the same ones', () => {
    const hash = createHash('sha256');
    for (const name of names)
      for (const { id, image, label } of split[name]) hash.update(`${id} ${label} `).update(image);

    // Python, from split.json and the package: another split would leak training rows.
    assert.equal(hash.digest('hex'), digest);
  });

  it('are the pixels of the package, to the last bit', () => {
    const require = createRequire(import.meta.url);
    for (const name of names) {
      const [{ id, image, label }] = split[name] as [(typeof split)[SplitName][number]];
      const [digit, position] = id.split('/').map(Number) as [number, number];
      const { data } = require(`mnist/src/digits/${digit}.json`) as { data: number[] };
      const floats = data.slice(position * 784, (position + 1) * 784);
      assert.equal(label, digit);
      // The package has three digits of k / 255.
      assert.deepEqual(
        [...image].map((byte) => Math.round((byte / 255) * 1000)),
        floats.map((value) => Math.round(value * 1000)),
      );
    }
  });
});
const digest = '61cc3eb3c264cd2a0e1645fbc301a74e395478b36b6bd5e25257b4504c8ed5f7';

describe('the committed data of the digits', () => {
  it('has the rows of the split in each file', async () => {
    for (const name of ['stream', 'golden', 'test'] as const) {
      const rows = await read(`${name}.parquet`);
      assert.deepEqual(
        rows.map((row) => `${row.label} ${keyOf(row)}`),
        split[name].map((row) => `${row.label} ${keyOf(row)}`),
        name,
      );
    }
  });

  it('has at most 300 seed rows, of the teacher’s training part, with distributions', async () => {
    const rows = await read('seed.parquet');
    const training = split.teacherTraining.slice(0, rows.length);

    assert.ok(rows.length > 0 && rows.length <= 300);
    assert.deepEqual(rows.map(keyOf), training.map(keyOf));
    for (const { label, probabilities } of rows) {
      const total = probabilities!.reduce((sum, p) => sum + p, 0);
      assert.ok(Math.abs(total - 1) < 1e-9);
      assert.equal(probabilities!.indexOf(Math.max(...probabilities!)), label);
    }
  });

  it('has one request that can be sent as it is: the first of the stream', () => {
    const text = readFileSync(join(committed, '..', 'example-request.json'), 'utf8');

    assert.deepEqual(JSON.parse(text), { input: keyOf(split.stream[0]!), probabilities: true });
  });

  it('names every digit of every part in split.json', () => {
    const record = JSON.parse(readFileSync(join(committed, 'split.json'), 'utf8')) as {
      rows: Record<SplitName, number>;
      ids: Record<SplitName, string>;
    };

    assert.deepEqual(record.rows, splitSizes);
    for (const name of names)
      assert.deepEqual(
        record.ids[name].split(' '),
        split[name].map(({ id }) => id),
      );
  });

  it('is what the command writes', async () => {
    const dir = temporaryDirectory();

    await writeDigitsData(dir, split, await read('seed.parquet'));

    const textOf = (...path: string[]): string => readFileSync(join(...path), 'utf8');
    assert.equal(textOf(dir, 'data', 'split.json'), textOf(committed, 'split.json'));
    assert.equal(
      textOf(dir, 'example-request.json'),
      textOf(committed, '..', 'example-request.json'),
    );
    for (const file of ['seed.parquet', 'golden.parquet'])
      assert.deepEqual(
        await readLabelledImages(join(dir, 'data', file), digitsTask),
        await read(file),
      );
  });
});
