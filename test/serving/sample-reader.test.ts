import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createSampleReader } from '../../src/serving/sample-reader.js';
import { pixelInput } from '../support/inputs.js';

const spec = {
  input: { kind: 'image', width: 1, height: 1, channels: 1 },
  labels: ['dark', 'bright'],
} as const;

describe('the samples of a task', () => {
  it('are read once, and again only after a read that failed', async () => {
    let reads = 0;
    const read = createSampleReader(() => {
      reads++;
      if (reads === 1) return Promise.reject(new Error('The disk is away.'));
      return Promise.resolve([{ input: pixelInput(1), label: 1, probabilities: null }]);
    }, spec);

    await assert.rejects(read(0, 10), /disk is away/);
    const samples = await read(0, 10);
    await read(0, 10);

    assert.deepEqual(samples, { total: 1, samples: [{ input: '/w==', label: 'bright' }] });
    assert.equal(reads, 2);
  });
});
