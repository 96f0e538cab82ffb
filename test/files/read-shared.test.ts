import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { readShared } from '../../src/files/read-shared.js';
import { temporaryDirectory } from '../support/temporary-directory.js';

const directory = temporaryDirectory();

/** Of another program: its first word is the hash. */
const sha256sum = (path: string): string =>
  execFileSync('sha256sum', [path], { encoding: 'utf8' }).slice(0, 64);

describe('a file read into shared memory', () => {
  for (const size of [0, 1, 1_048_576, 2_500_001])
    it(`of ${size} bytes is what was written, with its SHA-256`, async () => {
      const path = join(directory, `${size}.bin`);
      const written = randomBytes(size);
      writeFileSync(path, written);

      const { bytes, sha256 } = await readShared(path);

      assert.ok(bytes.buffer instanceof SharedArrayBuffer);
      assert.ok(written.equals(bytes));
      assert.equal(sha256, sha256sum(path));
    });

  it('is refused when it becomes shorter meanwhile', async () => {
    const path = join(directory, 'shrinking.bin');
    const messages: string[] = [];
    // How far the reading is at any moment is the machine's affair.
    for (const delayMs of [0, 1, 2, 5, 10, 20, 40]) {
      writeFileSync(path, Buffer.alloc(64 * 1_048_576));
      const reading = readShared(path).catch((error: unknown) => messages.push(String(error)));
      await sleep(delayMs);
      truncateSync(path, 10);
      await reading;
    }

    assert.match(messages[0] ?? '', /shrinking\.bin became shorter while it was read/);
  });

  it('leaves the event loop its turns', async () => {
    const path = join(directory, 'large.bin');
    writeFileSync(path, Buffer.alloc(32 * 1_048_576));
    let turns = 0;
    const counting = setInterval(() => turns++, 0);

    await readShared(path);
    clearInterval(counting);

    assert.ok(turns >= 8, `${turns} turns`);
  });
});
