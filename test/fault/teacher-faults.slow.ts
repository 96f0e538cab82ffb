import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { percentileOf } from '../../loadtest/bench/numbers.js';
import { breakerStates, setups } from '../../loadtest/fault-table/squares-gateway.js';
import { faults } from '../../loadtest/fault-table/fault-proxy.js';
import { measureFaults } from '../../loadtest/fault-table/measure-faults.js';
import { temporaryDirectory } from '../support/temporary-directory.js';

describe('a teacher that goes wrong', () => {
  it('makes no answer wrong and leaves sure rows alone, whatever its breaker says', async () => {
    const dir = join(temporaryDirectory(), 'faults');
    const cells = await measureFaults({ dir, rows: 4 });

    assert.equal(cells.length, setups.length * breakerStates.length * faults.length);
    for (const { fault, breaker, setup, ...cell } of cells) {
      const { unsure, answered, refused, wrong, sureElsewhere } = cell;
      const which = { fault, breaker, setup };
      assert.deepEqual(
        { ...which, settled: answered + refused, wrong, sureElsewhere },
        { ...which, settled: unsure, wrong: 0, sureElsewhere: 0 },
      );
      const mayRefuse = setup.onTeacherFailure === 'error';
      const isLost = fault !== 'slow' || breaker === 'open';
      if (isLost) assert.equal(refused, mayRefuse ? unsure : 0, JSON.stringify(which));
      else if (!mayRefuse) assert.equal(refused, 0, JSON.stringify(which));
    }
    // Medians: one row of a busy machine may be late, a wait for the teacher is all of them.
    const medianOf = (times: readonly number[]): number => percentileOf(times, 50);
    const withFault = medianOf(cells.flatMap(({ sureMs }) => sureMs));
    const without = medianOf(cells.flatMap(({ sureMsWithout }) => sureMsWithout));
    assert.ok(withFault < 2 * without + 20, `${withFault} ms, without a fault ${without} ms`);
    const byTeacher = cells.filter((cell) => cell.byTeacher > 0);
    assert.ok(byTeacher.length > 0 && byTeacher.every(({ fault }) => fault === 'slow'));
    assert.deepEqual(
      new Set(byTeacher.map(({ setup }) => setup.kind)),
      new Set(['http', 'oip', 'openai']),
    );
  });
});
