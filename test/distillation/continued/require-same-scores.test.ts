import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { joinFloats } from '../../../src/distillation/join-floats.js';
import type { PreparedRow } from '../../../src/distillation/continued/prepared-rows.js';
import { requireSameScores } from '../../../src/distillation/continued/require-same-scores.js';

const groups = [{ shape: '', example: [], others: [] }];
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

  it('must give them for each row of a batch of others than it was measured on', async () => {
    const row = (value: number): PreparedRow => [
      { name: 'x', dtype: 'float32', dims: [1], data: Float32Array.of(value) },
    ];
    const logitsOf = (rows: readonly PreparedRow[]): Float32Array[] =>
      rows.map(([tensor]) => Float32Array.of(Number(tensor!.data[0]), 0));
    const compare = (isFrozen: boolean): Promise<void> =>
      requireSameScores({
        served: { run: (rows) => Promise.resolve(logitsOf(rows)) },
        trainer: {
          score: ({ rows }) =>
            Promise.resolve(joinFloats(logitsOf(isFrozen ? rows.map(() => row(1)) : rows))),
        },
        groups: [{ shape: '', example: row(1), others: [row(1), row(1), row(2)] }],
      });

    await compare(false);
    await assert.rejects(compare(true), {
      message: /\[0\.8808, 0\.1192\] as it is served, and \[0\.7311, 0\.2689\] as it would/,
    });
  });
});
