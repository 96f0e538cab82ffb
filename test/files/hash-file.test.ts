import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { hashFile } from '../../src/files/hash-file.js';
import { temporaryDirectory } from '../support/temporary-directory.js';

const directory = temporaryDirectory();

/** Of another program: its first word is the hash. */
const sha256sum = (path: string): string =>
  execFileSync('sha256sum', [path], { encoding: 'utf8' }).slice(0, 64);

describe('the hash of a file', () => {
  for (const size of [0, 1, 1_048_576, 2_500_001])
    it(`of ${size} bytes is its SHA-256`, async () => {
      const path = join(directory, `${size}.bin`);
      writeFileSync(path, randomBytes(size));

      assert.equal(await hashFile(path), sha256sum(path));
    });

  it('leaves the event loop its turns, and takes no memory of the file’s size', async () => {
    const path = join(directory, 'large.bin');
    writeFileSync(path, Buffer.alloc(32 * 1_048_576));
    let [turns, bytesMost] = [0, 0];
    const before = process.memoryUsage().arrayBuffers;
    const counting = setInterval(() => {
      turns++;
      bytesMost = Math.max(bytesMost, process.memoryUsage().arrayBuffers - before);
    }, 0);

    await hashFile(path);
    clearInterval(counting);

    assert.ok(turns >= 8, `${turns} turns`);
    assert.ok(bytesMost < 4 * 1_048_576, `${bytesMost} bytes`);
  });

  it('refuses a file that is not there', async () => {
    await assert.rejects(hashFile(join(directory, 'nowhere')), /ENOENT/);
  });
});
