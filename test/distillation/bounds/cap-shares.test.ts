import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { capShares } from '../../../src/distillation/bounds/cap-shares.js';
import { seededDraw } from '../../support/seeded-draw.js';

function counts(
  rowsOf: Readonly<Record<string, number>>,
  limitOf: (client: string) => number,
  otherRows = 0,
): Record<string, number> {
  const rows = Object.entries(rowsOf).flatMap(([client, count]) =>
    Array.from({ length: count }, (_, place) => ({ client, place })),
  );
  const kept = capShares(rows, { clientOf: ({ client }) => client, limitOf, otherRows });
  const found: Record<string, number> = {};
  for (const { client, place } of kept) {
    assert.equal(place, found[client] ?? 0, 'the first rows of each client stay, in order');
    found[client] = place + 1;
  }
  return found;
}

describe('no client has more than its share', () => {
  it('of what is kept, not of what came', () => {
    const many = Object.fromEntries(Array.from({ length: 90 }, (_, k) => [`user-${k}`, 1]));
    const limitOf = (client: string) => (client === 'mallory' ? 0.1 : 1);

    assert.equal(counts({ ...many, mallory: 10_000 }, limitOf)['mallory'], 10);
    assert.equal(counts({ ...many, mallory: 7 }, limitOf)['mallory'], 7);
  });

  it('and rows that are nobody’s count as others', () => {
    const limitOf = (client: string) => (client === 'mallory' ? 0.5 : 1);

    assert.deepEqual(counts({ mallory: 500, user: 20 }, limitOf, 30), { mallory: 50, user: 20 });
  });

  it('and one row of each client always stays', () => {
    assert.deepEqual(counts({ a: 50, b: 50 }, () => 0.1), { a: 1, b: 1 }); // prettier-ignore
  });

  it('and as many rows as that allows stay, whatever the numbers are', () => {
    const draw = seededDraw(3);
    for (let trial = 0; trial < 300; trial++) {
      const clients = 1 + Math.floor(draw() * 8);
      const rowsOf = Object.fromEntries(
        Array.from({ length: clients }, (_, k) => [`${k}`, 1 + Math.floor(draw() ** 3 * 300)]),
      );
      const limits = Array.from({ length: clients }, () => 0.02 + 0.98 * draw());
      const otherRows = Math.floor(draw() * 40);

      const kept = counts(rowsOf, (client) => limits[Number(client)]!, otherRows);

      const total = Object.values(kept).reduce((sum, count) => sum + count, otherRows);
      // By hand, from above: the first total that gives itself.
      const all = Object.values(rowsOf).reduce((sum, count) => sum + count, otherRows);
      let expected = all;
      const kept1 = (total1: number): number =>
        otherRows +
        Object.entries(rowsOf).reduce(
          (sum, [client, count]) =>
            sum + Math.min(count, Math.max(1, Math.floor(limits[Number(client)]! * total1))),
          0,
        );
      while (kept1(expected) !== expected) expected--;
      assert.equal(total, expected);
    }
  });
});
