import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { inputWords } from '../../src/task/input-words.js';

describe('the words for an input', () => {
  it('say its kind and size', () => {
    const image = { kind: 'image', width: 28, height: 14 } as const;
    const said = [
      inputWords({ ...image, channels: 1 }),
      inputWords({ ...image, channels: 3 }),
      inputWords({ kind: 'text', charsMax: 10 }),
      inputWords({
        kind: 'tensor',
        tensors: [
          { name: 'ids', dtype: 'int64', shape: [null, 2] },
          { name: 'age', dtype: 'float32', shape: [] },
        ],
      }),
    ];

    assert.deepEqual(said, [
      '28x14 grey images',
      '28x14 RGB images',
      'texts',
      'tensors ids int64 [?,2], age float32 []',
    ]);
  });
});
