import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createTensorPreprocessor } from '../../src/preprocess/tensors.js';
import { encodeTensors } from '../../src/task/tensor-codec.js';
import type { TensorInput } from '../../src/task/task.js';

describe('raw tensors', () => {
  it('go into the model under their own names, as they came', () => {
    const input: TensorInput = {
      kind: 'tensor',
      tensors: [
        { name: 'age', dtype: 'float32', shape: [] },
        { name: 'words', dtype: 'int64', shape: [null] },
      ],
    };
    const age = { data: Float32Array.of(41.5), dims: [] };
    const words = { data: BigInt64Array.of(7n, 8n), dims: [2] };

    const preprocessor = createTensorPreprocessor(input);

    assert.deepEqual(preprocessor.tensorNames, ['age', 'words']);
    assert.deepEqual(preprocessor.prepare(encodeTensors([age, words], input)), [
      { name: 'age', dtype: 'float32', ...age },
      { name: 'words', dtype: 'int64', ...words },
    ]);
  });
});
