import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { faults } from '../../loadtest/fault-table/fault-proxy.js';
import { measureFaults } from '../../loadtest/fault-table/measure-faults.js';
import { temporaryDirectory } from '../support/temporary-directory.js';

describe('a teacher that goes wrong', () => {
  it('makes no answer wrong and leaves sure rows alone, whatever its breaker says', async () => {
    const dir = join(temporaryDirectory(), 'faults');
    const cells = await measureFaults({ dir, rows: 4 });

    assert.equal(cells.length, 3 * faults.length);
    for (const { fault, breaker, ...cell } of cells) {
      const { unsure, answered, wrong, sureAffected } = cell;
      assert.deepEqual(
        { fault, breaker, unsure, answered, wrong, sureAffected },
        { fault, breaker, unsure: 2, answered: 2, wrong: 0, sureAffected: 0 },
      );
    }
    const byTeacher = cells.filter((cell) => cell.byTeacher > 0);
    assert.ok(byTeacher.length > 0 && byTeacher.every(({ fault }) => fault === 'slow'));
  });
});
