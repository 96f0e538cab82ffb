import assert from 'node:assert/strict';
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  rmdirSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { z } from 'zod';
import { openJsonLines } from '../../src/files/json-lines.js';
import { temporaryDirectory } from '../support/temporary-directory.js';

const directory = temporaryDirectory();
let count = 0;
const newPath = (): string => join(directory, `${count++}`, 'lines.jsonl');
const schema = z.object({ number: z.number() });

async function open(path: string, linesMax = 3) {
  let damagedLines = 0;
  const onDamaged = (lines: number): void => void (damagedLines += lines);
  const file = await openJsonLines(path, { linesMax, schema, onDamaged });
  return { file, damagedLines: () => damagedLines };
}

const numbersIn = (file: { read(): readonly { number: number }[] }): number[] =>
  file.read().map(({ number }) => number);

describe('a file of JSON lines', () => {
  it('is empty while it is not there; the first line makes it, and its directory', async () => {
    const path = newPath();
    const { file } = await open(path);
    assert.deepEqual([file.read(), existsSync(path)], [[], false]);

    await file.append({ number: 1 });

    assert.equal(readFileSync(path, 'utf8'), '{"number":1}\n');
  });

  it('gives back the newest lines, oldest first, also when it is opened again', async () => {
    const path = newPath();
    const { file } = await open(path);
    for (let number = 1; number <= 5; number++) await file.append({ number });

    assert.deepEqual(numbersIn(file), [3, 4, 5]);
    assert.deepEqual(numbersIn((await open(path)).file), [3, 4, 5]);
  });

  it('has no more than twice as many lines on disk', async () => {
    const path = newPath();
    const { file } = await open(path);
    const linesOnDisk: number[] = [];
    for (let number = 1; number <= 14; number++) {
      await file.append({ number });
      linesOnDisk.push(readFileSync(path, 'utf8').split('\n').length - 1);
    }

    assert.deepEqual(linesOnDisk, [1, 2, 3, 4, 5, 6, 3, 4, 5, 6, 3, 4, 5, 6]);
    assert.deepEqual(numbersIn((await open(path)).file), [12, 13, 14]);
  });

  it('shows a line at once, and writes those that wait together, in order', async () => {
    const path = newPath();
    const { file } = await open(path);

    const written = [1, 2, 3].map((number) => file.append({ number }));
    assert.deepEqual(numbersIn(file), [1, 2, 3]);
    await file.settle();

    assert.equal(new Set(written).size, 1);
    assert.equal(readFileSync(path, 'utf8'), '{"number":1}\n{"number":2}\n{"number":3}\n');
  });

  it('writes each line once, whenever it comes', async () => {
    const path = newPath();
    const { file } = await open(path, 20);
    for (let number = 0; number < 200; number++) {
      void file.append({ number });
      for (let turn = 0; turn < number % 7; turn++) await Promise.resolve();
      if (number % 50 === 49) await file.append({ number: 1000 + number });
    }
    await file.settle();

    const { file: again } = await open(path, 20);
    assert.deepEqual(again.read(), file.read());
    const onDisk = readFileSync(path, 'utf8').split('\n');
    assert.equal(new Set(onDisk).size, onDisk.length);
  });

  it('leaves a torn last line out, and what is appended next is not lost with it', async () => {
    const path = newPath();
    const { file } = await open(path);
    await file.append({ number: 1 });
    appendFileSync(path, '{"number":2'); // The process died here.

    const { file: again, damagedLines } = await open(path);
    await again.append({ number: 3 });

    assert.equal(damagedLines(), 1);
    assert.equal(readFileSync(path, 'utf8'), '{"number":1}\n{"number":3}\n');
  });

  it('leaves out lines that are not what they must be, and says how many', async () => {
    const path = newPath();
    mkdirSync(join(path, '..'));
    writeFileSync(path, '{"number":1}\ngarbage\n{"number":"2"}\n\n{"number":3}\n');

    const { file, damagedLines } = await open(path);

    assert.deepEqual([numbersIn(file), damagedLines()], [[1, 3], 3]);
  });

  it('writes again what could not be written before', async () => {
    const path = newPath();
    mkdirSync(path, { recursive: true }); // A directory in its place.
    await assert.rejects(open(path));
    rmdirSync(path);
    const { file } = await open(path);
    mkdirSync(path);
    await assert.rejects(file.append({ number: 1 }), { code: 'EISDIR' });
    rmdirSync(path);

    await file.append({ number: 2 });

    assert.equal(readFileSync(path, 'utf8'), '{"number":1}\n{"number":2}\n');
  });
});
