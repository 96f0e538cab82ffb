import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createDrainTime } from '../../src/student/drain-time.js';

describe('the drain time of a model whose runs were measured', () => {
  const cost = (rows: number): number => 8 + rows;
  const create = () => createDrainTime({ cost, runRows: () => 16, lanes: 2 });

  it('is that of full runs in all lanes', () => {
    const drain = create();

    assert.equal(drain.rowMs(), 24 / 32);
    assert.equal(drain.runMs(1), 9);
  });

  it('follows its runs, small ones too', () => {
    const drain = create();

    drain.observe(1, 18); // Twice as long: the factor is 1 + 0.1 (2 - 1).

    assert.ok(Math.abs(drain.rowMs() - (1.1 * 24) / 32) < 1e-12);
    for (let run = 0; run < 100; run++)
      drain.observe(run % 2 === 0 ? 1 : 16, run % 2 === 0 ? 18 : 48);
    assert.ok(Math.abs(drain.rowMs() - (2 * 24) / 32) < 1e-4);
  });

  it('takes a pause of the process for no change of speed', () => {
    const drain = create();

    drain.observe(1, 60_000);

    assert.ok(Math.abs(drain.rowMs() - (1.3 * 24) / 32) < 1e-12);
  });
});

describe('the drain time of a model that nobody has measured', () => {
  it('is nothing before its first run, and then that of its runs, by rows', () => {
    const drain = createDrainTime({ runRows: () => 16, lanes: 1 });
    const before = [drain.rowMs(), drain.runMs(16)];

    drain.observe(4, 40);

    assert.deepEqual(before, [0, 0]);
    assert.deepEqual([drain.rowMs(), drain.runMs(16)], [10, 160]);
    drain.observe(10, 200);
    assert.ok(Math.abs(drain.rowMs() - 11) < 1e-12);
  });
});
