import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { seedHoldout } from '../../src/replay/seed-holdout.js';
import { temporaryDirectory } from '../support/temporary-directory.js';

const keyIn = (dir: string): string => readFileSync(join(dir, 'holdout.key')).toString('hex');

describe('the seed of the holdout draw', () => {
  it('is the SHA-256 of its text: the same text, the same inputs held out', async () => {
    const dir = temporaryDirectory();

    await seedHoldout(dir, 'abc');

    // FIPS 180-4, the example of one block.
    const expected = 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad';
    assert.equal(keyIn(dir), expected);
  });

  it('changes no key that is there: what it held out may have been learnt from', async () => {
    const dir = temporaryDirectory();
    writeFileSync(join(dir, 'holdout.key'), 'mine');

    await seedHoldout(dir, 'abc');

    assert.equal(keyIn(dir), Buffer.from('mine').toString('hex'));
  });
});
