import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { lessonTargets } from '../../../src/distillation/continued/lesson-targets.js';
import type { DatasetRow } from '../../../src/distillation/dataset.js';
import { rowLoss } from '../../../src/distillation/row-loss.js';
import { targetsOf } from '../../../src/distillation/soft-targets.js';

const built = { alpha: 0.9, temperature: 2 };
const row: DatasetRow = {
  ...{ id: 'row', input: Uint8Array.of(), label: 1, weight: 1, source: 'capture' },
  probabilities: Float64Array.of(0.2, 0.7, 0.1),
};
const logits = Float64Array.of(0.3, -1.2, 2.5);

/** The loss and its gradient. */
function lossOf(targets: ReturnType<typeof targetsOf>, loss: typeof built): number[] {
  const gradient = new Float64Array(3);
  return [rowLoss(logits, { ...targets, ...loss }, gradient), ...gradient];
}

describe('lessonTargets', () => {
  for (const wanted of [built, { alpha: 0.5, temperature: 2 }, { alpha: 0.7, temperature: 1 }])
    for (const probabilities of [row.probabilities, null]) {
      const teacher = probabilities === null ? 'of a label alone' : 'of an opinion';
      it(`lets one graph compute ${JSON.stringify(wanted)}, ${teacher}`, () => {
        const own = { ...row, probabilities };

        const actual = lossOf(lessonTargets(own, 3, { wanted, built }), built);

        const expected = lossOf(targetsOf(own, 3, wanted), wanted);
        actual.forEach((value, k) =>
          assert.ok(Math.abs(value - expected[k]!) < 1e-6, `${k}: ${value}, not ${expected[k]}`),
        );
      });
    }

  it('refuses a temperature that such a graph does not know', () => {
    const wanted = { alpha: 0.9, temperature: 4 };

    assert.throws(() => lessonTargets(row, 3, { wanted, built }), {
      message: 'A graph built for temperature 2 computes no loss at 4: it takes 2 or 1.',
    });
  });
});
