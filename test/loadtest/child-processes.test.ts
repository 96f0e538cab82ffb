import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, it } from 'node:test';
import { childrenOf, missingProcesses, peakBytesOf } from '../../loadtest/child-processes.js';
import { skipUnless } from '../support/skip-without.js';
import { until } from '../support/until.js';

const skip = skipUnless(missingProcesses() === null, { what: '/proc', hint: 'use Linux.' });

describe('looking at processes', { skip }, () => {
  it('finds a child while it lives, and the most memory that it has had', async () => {
    // 100 MB and their freeing are over when it says a word.
    const takesAndFrees = 'let a = Buffer.alloc(1e8, 1); a = null; gc(); console.log(1);';
    const program = `${takesAndFrees} setInterval(() => {}, 1e9)`;
    const child = spawn(process.execPath, ['--expose-gc', '-e', program]);
    await once(child.stdout, 'data');

    const [found, peak] = [childrenOf(process.pid), peakBytesOf(child.pid!)];
    child.kill('SIGKILL');

    assert.ok(found.includes(child.pid!));
    assert.ok(peak > 1e8 && peak < 1e9, `${peak} bytes`);
    await until('it is no child any more', () => !childrenOf(process.pid).includes(child.pid!));
    await once(child, 'close');
    assert.equal(peakBytesOf(child.pid!), 0);
  });
});
