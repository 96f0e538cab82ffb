import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createEProcess, isProcessAlarmed, updateEProcess } from '../../src/routing/e-process.js';
import { seededDraw } from '../support/seeded-draw.js';

/** Rows until the alarm, or Infinity. */
function rowsToAlarm(options: {
  readonly riskMax: number;
  readonly delta: number;
  readonly rowsMax: number;
  readonly disagrees: (row: number) => boolean;
}): number {
  let state = createEProcess(options);
  for (let row = 1; row <= options.rowsMax; row++) {
    state = updateEProcess(state, options.disagrees(row));
    if (isProcessAlarmed(state, options.delta)) return row;
  }
  return Infinity;
}

describe('the e-process', () => {
  // Oracle: fixtures/threshold-oracle.py (the products in exact fractions), riskMax 5 %.
  const oracle = [
    ['1', 3.3891088275872785],
    ['0001', 1.6759231506354229],
    ['0101', 8.517236147736076],
    ['00000000000000000000111', 1.6392612952327439],
  ] as const;
  for (const [pattern, wealth] of oracle)
    it(`has wealth ${wealth} after ${pattern}`, () => {
      const state = Array.from(pattern).reduce(
        (before, outcome) => updateEProcess(before, outcome === '1'),
        createEProcess({ riskMax: 0.05 }),
      );

      assert.ok(isProcessAlarmed(state, (1 + 1e-9) / wealth));
      assert.ok(!isProcessAlarmed(state, (1 - 1e-9) / wealth));
    });

  it('starts with wealth 1 and loses while all agree', () => {
    let state = createEProcess({ riskMax: 0.05 });
    assert.ok(isProcessAlarmed(state, 1));

    for (let row = 0; row < 5; row++) {
      state = updateEProcess(state, false);
      assert.ok(!isProcessAlarmed(state, 1));
    }
  });

  it('does not modify the state that it is given', () => {
    const state = createEProcess({ riskMax: 0.05 });
    const copy = structuredClone(state);

    updateEProcess(state, true);

    assert.deepEqual(state, copy);
  });

  it('survives being saved as JSON, after ever so many rows', () => {
    let state = createEProcess({ riskMax: 0.5 });
    for (let row = 0; row < 100_000; row++) state = updateEProcess(state, false);

    assert.deepEqual(JSON.parse(JSON.stringify(state)), state);
    assert.ok(!isProcessAlarmed(state, 0.1));
  });

  for (const riskMax of [0.01, 0.05, 0.3])
    it(`alarms in at most 10 % of streams at risk ${riskMax} exactly, looked at every row`, () => {
      const draw = seededDraw(3);
      const streams = 300;
      let alarms = 0;
      for (let stream = 0; stream < streams; stream++) {
        const disagrees = (): boolean => draw() < riskMax;
        const rows = rowsToAlarm({ riskMax, delta: 0.1, rowsMax: 2000, disagrees });
        if (rows < Infinity) alarms++;
      }

      assert.ok(alarms <= 0.1 * streams, `${alarms} of ${streams}`);
      assert.ok(alarms > 0, 'no alarm at all: the test has no power');
    });

  it('alarms on a student that is worse than promised', () => {
    const draw = seededDraw(4);
    const rows = Array.from({ length: 50 }, () => {
      const disagrees = (): boolean => draw() < 0.15;
      return rowsToAlarm({ riskMax: 0.05, delta: 0.1, rowsMax: 2000, disagrees });
    });

    const median = rows.sort((a, b) => a - b)[25]!;
    assert.ok(rows.at(-1)! < Infinity);
    assert.ok(median < 100, `median ${median} rows`);
  });

  for (const riskMax of [0, 1, Number.NaN])
    it(`refuses riskMax ${riskMax}`, () => {
      assert.throws(() => createEProcess({ riskMax }), RangeError);
    });
});
