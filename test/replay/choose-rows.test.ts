import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { chooseRows } from '../../src/replay/choose-rows.js';
import { seededDraw } from '../support/seeded-draw.js';

async function* numbers(count: number, seen: number[] = []): AsyncGenerator<number> {
  for (let k = 0; k < count; k++) {
    seen.push(k);
    yield k;
  }
}

describe('choosing the rows of a stream', () => {
  it('takes the first ones in their order, and reads hardly further', async () => {
    const seen: number[] = [];

    const { rows } = await chooseRows(numbers(1_000, seen), 3, null);

    assert.deepEqual(rows, [0, 1, 2]);
    assert.ok(seen.length <= 4);
  });

  it('takes all rows once, shuffled, where there are no more than that', async () => {
    const { rows, rowsRead } = await chooseRows(numbers(50), 50, seededDraw(2));

    assert.equal(rowsRead, 50);
    assert.notDeepEqual(
      rows,
      [...rows].sort((a, b) => a - b),
    );
    assert.deepEqual(new Set(rows).size, 50);
  });

  it('takes each row, at each place, equally often', async () => {
    const draw = seededDraw(3);
    const taken = Array.from({ length: 10 }, () => [0, 0, 0]);
    const rounds = 3_000;
    for (let round = 0; round < rounds; round++) {
      const { rows } = await chooseRows(numbers(10), 3, draw);
      rows.forEach((row, place) => taken[row]![place]!++);
    }

    // 300 each; binomial sd 16.4, so that 5 sd off is one in 60 000 for one of 30 counts.
    for (const counts of taken)
      for (const count of counts) assert.ok(Math.abs(count - 300) < 82, `${count}`);
  });
});
