import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { requireSameScores } from '../../../src/distillation/continued/require-same-scores.js';

const groups = [{ shape: '', example: [] }];
const gives = (...logits: readonly number[]) => ({
  served: { run: () => Promise.resolve([Float32Array.of(1, 2, 3)]) },
  trainer: { score: () => Promise.resolve(Float32Array.from(logits)) },
  groups,
});

describe('the graph that is trained', () => {
  it('may give logits that differ by one number for all classes', () =>
    requireSameScores(gives(11, 12, 13)));

  it('must give the probabilities of the model that is served', async () => {
    await assert.rejects(requireSameScores(gives(1, 2, 2.9)), {
      name: 'UntrainableStudentError',
      message: /gives the probabilities \[0\.09003, 0\.2447, 0\.6652\] as it is served, and \[/,
    });
    await assert.rejects(requireSameScores(gives(1, 2, NaN)));
  });
});
