import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { findWeights } from '../../../src/distillation/continued/find-weights.js';
import { learningWords } from '../../../src/distillation/continued/learning-words.js';
import { readSource } from '../../../src/distillation/continued/source-model.js';
import { onnxFile, type OnnxNode } from '../../support/onnx-file.js';

/** Each divisor is of four numbers, and no weight. */
function wordsOf(divisors: number): string {
  const names = Array.from({ length: divisors }, (_, index) => `by${index}`);
  const four = { shape: [4], data: Float32Array.of(1, 2, 3, 4) };
  const source = readSource(
    onnxFile({
      inputs: [{ name: 'x', dtype: 'float32', shape: ['n', 4] }],
      outputs: [{ name: 'y', dtype: 'float32', shape: ['n', 4] }],
      constants: [
        ...['bias', 'idle', ...names].map((name) => ({ name, ...four })),
        { name: 'shape', shape: [2], data: BigInt64Array.of(-1n, 4n) },
      ],
      nodes: [
        {
          op: 'Constant',
          inputs: [],
          outputs: ['half'],
          value: { shape: [1], data: Float32Array.of(0.5) },
        },
        { op: 'Mul', inputs: ['x', 'half'], outputs: ['a'] },
        { op: 'Reshape', inputs: ['a', 'shape'], outputs: ['h0'] },
        ...names.map((name, index): OnnxNode => {
          return { op: 'Div', inputs: [`h${index}`, name], outputs: [`h${index + 1}`] };
        }),
        { op: 'Add', inputs: [`h${divisors}`, 'bias'], outputs: ['y'] },
      ],
    }),
    'y',
  );
  return learningWords([source], findWeights(source));
}

describe('learningWords', () => {
  it('says how many numbers learn, and names those on the way that do not', () => {
    assert.equal(wordsOf(2), '4 of 12 numbers learn; frozen: by0, by1.');
  });

  it('says nothing of frozen ones where there are none', () => {
    assert.equal(wordsOf(0), '4 of 4 numbers learn.');
  });

  it('names a dozen', () => {
    assert.match(wordsOf(15), /^4 of 64 numbers learn; frozen: by0, .*, by11 and 3 more\.$/);
  });
});
