import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { StorageFailedError } from '../../src/errors.js';
import { createJsonFile } from '../../src/files/json-file.js';
import { temporaryDirectory } from '../support/temporary-directory.js';

const directory = temporaryDirectory();
let count = 0;
const newPath = (): string => join(directory, `${count++}`, 'state.json');

interface State {
  readonly number: number;
}

describe('a JSON file', () => {
  it('is null while it is not there', async () => {
    assert.equal(await createJsonFile<State>(newPath(), { advice: 'Restore it.' }).read(), null);
  });

  it('gives back what was written, in a directory that it makes', async () => {
    const path = newPath();
    const file = createJsonFile<State>(path, { advice: 'Restore it.' });

    await file.write({ number: 1 });

    assert.deepEqual(await file.read(), { number: 1 });
    assert.deepEqual(await createJsonFile<State>(path, { advice: 'Restore it.' }).read(), {
      number: 1,
    });
    assert.equal(readFileSync(path, 'utf8'), '{\n  "number": 1\n}\n');
  });

  it('reads what was asked to be written before it', async () => {
    const file = createJsonFile<State>(newPath(), { advice: 'Restore it.' });

    const written = file.write({ number: 1 });
    const read = await file.read();
    await written;

    assert.deepEqual(read, { number: 1 });
  });

  it('keeps the last of many writes, and makes only the first two and that one', async () => {
    const path = newPath();
    const file = createJsonFile<State>(path, { advice: 'Restore it.' });
    await file.write({ number: 0 });

    const writes = Array.from({ length: 100 }, (_, k) => file.write({ number: k + 1 }));

    // One promise for all that wait together: they are one write.
    assert.ok(new Set(writes).size <= 2, `${new Set(writes).size} writes`);
    await Promise.all(writes);
    assert.deepEqual(await file.read(), { number: 100 });
  });

  it('has settled when the last of its writes is on disk', async () => {
    const path = newPath();
    const file = createJsonFile<State>(path, { advice: 'Restore it.' });
    for (const number of [1, 2, 3]) void file.write({ number });

    await file.settle();

    assert.deepEqual(JSON.parse(readFileSync(path, 'utf8')), { number: 3 });
  });

  it('writes what it was given, whatever the caller does to it afterwards', async () => {
    const file = createJsonFile<{ number: number }>(newPath(), { advice: 'Restore it.' });
    const state = { number: 1 };

    const written = file.write(state);
    state.number = 2;
    await written;

    assert.deepEqual(await file.read(), { number: 1 });
  });

  it('leaves no other file behind', async () => {
    const path = newPath();
    const file = createJsonFile<State>(path, { advice: 'Restore it.' });

    await Promise.all([1, 2, 3].map((number) => file.write({ number })));

    assert.deepEqual(readdirSync(join(path, '..')), ['state.json']);
  });

  it('shows a reader whole content only, however often it is replaced', async () => {
    const path = newPath();
    const file = createJsonFile<{ number: number; text: string }>(path, { advice: 'Restore it.' });
    await file.write({ number: 0, text: 'x'.repeat(50_000) });
    const writing = new AbortController();

    const written = (async () => {
      for (let number = 1; number <= 20; number++)
        await file.write({ number, text: 'x'.repeat(50_000) });
      writing.abort();
    })();
    const reader = createJsonFile<{ number: number; text: string }>(path, {
      advice: 'Restore it.',
    });
    let reads = 0;
    while (!writing.signal.aborted) {
      const state = await reader.read(); // Throws on half a file.
      assert.equal(state!.text.length, 50_000);
      reads++;
    }
    await written;

    assert.ok(reads > 0);
  });

  it('passes on a failed write to all who asked for it, and works again after it', async () => {
    const path = newPath();
    const file = createJsonFile<State>(path, { advice: 'Restore it.' });
    mkdirSync(`${path}.tmp`, { recursive: true }); // In the way of the temporary file.

    const outcomes = await Promise.allSettled([
      file.write({ number: 1 }),
      file.write({ number: 2 }),
    ]);
    for (const outcome of outcomes) {
      assert.ok(outcome.status === 'rejected' && outcome.reason instanceof StorageFailedError);
      const { message, details } = outcome.reason;
      assert.match(
        message,
        /state\.json could not be written \(EISDIR: .*\)\. Make room on the disk/,
      );
      assert.equal(details['reason'], 'EISDIR');
    }
    assert.equal(await file.read(), null);

    rmdirSync(`${path}.tmp`);
    await file.write({ number: 3 });
    assert.deepEqual(await file.read(), { number: 3 });
  });

  it('says so when the file is no JSON', async () => {
    const path = newPath();
    mkdirSync(join(path, '..'), { recursive: true });
    writeFileSync(path, '{"number": ');

    await assert.rejects(createJsonFile<State>(path, { advice: 'Restore it.' }).read(), {
      code: 'INVALID_CONFIG',
      message: new RegExp(`^${path} cannot be read .*Restore it\\.$`),
    });
  });
});
