import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createNormalDraw, createSeededDraw, shuffle } from '../../src/distillation/seeded-draw.js';

const drawn = (count: number, draw: () => number): number[] =>
  Array.from({ length: count }, () => draw());
const meanOf = (numbers: readonly number[]): number =>
  numbers.reduce((sum, number) => sum + number, 0) / numbers.length;

describe('a seeded draw', () => {
  it('gives the numbers of mulberry32, the same on every machine', () => {
    // Python, with integers cut to 32 bits: the published generator, seed 1.
    assert.deepEqual(
      drawn(3, createSeededDraw(1)),
      [0.6270739405881613, 0.002735721180215478, 0.5274470399599522],
    );
  });

  it('repeats for the same seed and differs for another', () => {
    assert.deepEqual(drawn(100, createSeededDraw(42)), drawn(100, createSeededDraw(42)));
    assert.notDeepEqual(drawn(100, createSeededDraw(42)), drawn(100, createSeededDraw(43)));
  });

  it('is about uniform in [0, 1)', () => {
    const numbers = drawn(20_000, createSeededDraw(7));

    const cells = new Array<number>(20).fill(0);
    for (const number of numbers) cells[Math.floor(number * 20)]!++;
    const chiSquare = cells.reduce((sum, count) => sum + (count - 1000) ** 2 / 1000, 0);
    assert.ok(numbers.every((number) => number >= 0 && number < 1));
    assert.ok(chiSquare < 43.8, `chi-square ${chiSquare}`); // 99.9 % point, 19 degrees of freedom.
  });
});

describe('a normal draw', () => {
  it('has the moments and tails of the standard normal', () => {
    const count = 40_000;
    const numbers = drawn(count, createNormalDraw(createSeededDraw(8)));

    const mean = meanOf(numbers);
    const variance = meanOf(numbers.map((number) => number ** 2));
    const fourth = meanOf(numbers.map((number) => number ** 4));
    const beyondTwo = numbers.filter((number) => Math.abs(number) > 2).length / count;
    assert.ok(Math.abs(mean) < 5 / Math.sqrt(count), `mean ${mean}`);
    assert.ok(Math.abs(variance - 1) < 5 * Math.sqrt(2 / count), `variance ${variance}`);
    assert.ok(Math.abs(fourth - 3) < 5 * Math.sqrt(96 / count), `fourth moment ${fourth}`);
    assert.ok(Math.abs(beyondTwo - 0.0455) < 0.005, `beyond 2: ${beyondTwo}`);
  });

  it('stays finite when the die falls on exactly 0', () => {
    assert.equal(Math.abs(createNormalDraw(() => 0)()), 0);
  });
});

describe('shuffle', () => {
  it('keeps every item, in the same array', () => {
    const items = Array.from({ length: 50 }, (_, k) => k);

    const shuffled = shuffle(items, createSeededDraw(1));

    assert.equal(shuffled, items);
    assert.deepEqual(
      [...items].sort((a, b) => a - b),
      Array.from({ length: 50 }, (_, k) => k),
    );
  });

  it('gives each order of three about equally often', () => {
    const draw = createSeededDraw(9);
    const counts = new Map<string, number>();
    for (let round = 0; round < 6000; round++) {
      const order = shuffle([0, 1, 2], draw).join('');
      counts.set(order, (counts.get(order) ?? 0) + 1);
    }

    assert.equal(counts.size, 6);
    for (const [order, count] of counts)
      assert.ok(Math.abs(count - 1000) < 150, `${order} came ${count} times`); // 5 standard errors.
  });
});
