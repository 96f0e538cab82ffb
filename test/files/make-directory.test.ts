import assert from 'node:assert/strict';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { makeDirectory } from '../../src/files/make-directory.js';
import { temporaryDirectory } from '../support/temporary-directory.js';

const directory = temporaryDirectory();

describe('a directory that is to be made', () => {
  it('is made with those above it, and may be there already', async () => {
    const path = join(directory, 'a', 'b', 'c');

    await makeDirectory(path);
    await makeDirectory(path);

    assert.ok(existsSync(path));
  });

  it('may be made by somebody else meanwhile', async () => {
    const path = join(directory, 'x', 'y');

    await Promise.all([makeDirectory(path), makeDirectory(path)]);

    assert.ok(existsSync(path));
  });

  it('is refused below a file, and where a file is', async () => {
    const file = join(directory, 'file');
    writeFileSync(file, '');

    await assert.rejects(makeDirectory(file), { code: 'EEXIST' });
    await assert.rejects(makeDirectory(join(file, 'below')));
  });

  const unmakable = process.platform === 'linux' ? '/proc/understudy/data' : null;
  const skip = unmakable === null ? 'needs the /proc of Linux' : false;
  it('is refused where nothing can be made, without an endless loop', { skip }, async () => {
    await assert.rejects(makeDirectory(unmakable!), { code: 'ENOENT' });
  });
});
