import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createColumnFinder } from '../../src/transfer/column-finder.js';

describe('the columns of the rows of an import', () => {
  it('that are elements stay what they are, in whatever order the next row has them', () => {
    const tensors = [{ name: 'x', dtype: 'float32', shape: [2] }] as const;
    const find = createColumnFinder('f', { kind: 'tensor', tensors });

    const found = [
      find({ a: 1, b: 2, label: 'x' }),
      find({ label: 'y', b: 2, a: 1 }),
      find({ b: 2, weight: 999, label: 'x' }),
    ];

    const expected = { input: ['a', 'b'], label: 'label' };
    assert.deepEqual(found, [expected, expected, expected]);
  });

  it('that are whole inputs are found in each row anew', () => {
    const find = createColumnFinder('f', { kind: 'text', charsMax: 20 });

    const found = [find({ text: 'a', label: 'x' }), find({ intent: 'y', query: 'b' })];

    assert.deepEqual(found, [
      { input: 'text', label: 'label' },
      { input: 'query', label: 'intent' },
    ]);
  });
});
