import assert from 'node:assert/strict';
import { getPriority } from 'node:os';
import { it } from 'node:test';
import { Worker } from 'node:worker_threads';
import { once } from 'node:events';

const module = new URL('../../src/threads/yield-to-others.js', import.meta.url).href;

it(
  'a thread that yields to others has a priority of its own',
  { skip: process.platform === 'linux' ? false : 'only Linux gives threads priorities' },
  async () => {
    const worker = new Worker(
      `const { parentPort } = require('node:worker_threads');
       const { readlinkSync } = require('node:fs');
       const { getPriority } = require('node:os');
       import(${JSON.stringify(module)}).then(({ yieldToOthers }) => {
         const thread = Number(readlinkSync('/proc/thread-self').split('/').at(-1));
         const before = getPriority(thread);
         yieldToOthers();
         parentPort.postMessage([before, getPriority(thread)]);
       });`,
      { eval: true },
    );
    const own = getPriority();

    const [priorities] = (await once(worker, 'message')) as [number[]];

    assert.deepEqual(priorities, [own, Math.min(19, own + 5)]);
    assert.equal(getPriority(), own);
  },
);
