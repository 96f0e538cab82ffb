import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { equalPhases } from '../../src/demo/demo-phase.js';

describe('equal phases', () => {
  it('have a run between each two, and leave over what does not divide', () => {
    const rows = Array.from({ length: 7 }, (_, k) => ({ input: `in${k}`, label: 'a' }));

    const phases = equalPhases('digits', rows, 3);

    assert.deepEqual(
      phases.map(({ title, rows: own, endsWithRun }) => [
        title,
        own.map(({ input }) => input).join(),
        endsWithRun,
      ]),
      [
        ['digits', 'in0,in1', true],
        ['digits', 'in2,in3', true],
        ['digits', 'in4,in5', false],
      ],
    );
  });
});
