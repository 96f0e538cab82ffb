import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { alternate, ratioOf } from '../../loadtest/bench/alternate.js';
import { mergeSections, sectionOf } from '../../loadtest/bench/bench-report.js';
import { atLeast, atMost } from '../../loadtest/bench/bounded-figure.js';
import { medianOf, percentileOf, shown } from '../../loadtest/bench/numbers.js';
import { tableOf } from '../../loadtest/bench/table.js';

describe('sides of a comparison', () => {
  it('are measured in turn, and their ratio is taken inside each round', async () => {
    const order: string[] = [];
    // The machine is ten times slower in the second round.
    const fast = [100, 10, 100];
    const slow = [50, 5, 40];

    const rounds = await alternate(
      {
        a: async () => fast[order.push('a') >> 1]!,
        b: async () => slow[(order.push('b') >> 1) - 1]!,
      },
      { rounds: 3 },
    );

    assert.deepEqual(order, ['a', 'b', 'a', 'b', 'a', 'b']);
    assert.deepEqual(rounds, { a: fast, b: slow });
    assert.equal(ratioOf(rounds.a, rounds.b), 2);
    assert.throws(() => ratioOf([1], [1, 2]), RangeError);
  });
});

describe('numbers of a benchmark', () => {
  it('have a median and percentiles by nearest rank', () => {
    assert.equal(medianOf([3, 1, 2]), 2);
    assert.throws(() => medianOf([]), RangeError);
    const hundred = Array.from({ length: 100 }, (_, index) => 100 - index);
    assert.deepEqual(
      [0, 1, 50, 99, 100].map((percentile) => percentileOf(hundred, percentile)),
      [1, 1, 50, 99, 100],
    );
    assert.ok(Number.isNaN(percentileOf([], 50)));
  });

  it('are shown with three digits', () => {
    assert.deepEqual([12_345.6, 99.94, 0.012345, NaN].map(shown), ['12346', '99.9', '0.0123', '-']);
  });

  it('hold up to their bound, and not without a value', () => {
    const measured = { figure: 'f', unit: 'ms', command: 'c' };

    assert.equal(atLeast(2, { ...measured, value: 2 }).holds, true);
    assert.equal(atLeast(2, { ...measured, value: 1.99 }).holds, false);
    assert.equal(atMost(2, { ...measured, value: 2 }).holds, true);
    assert.equal(atMost(2, { ...measured, value: 2.01 }).holds, false);
    assert.equal(atMost(2, { ...measured, value: NaN }).holds, false);
  });

  it('stand in tables, to the right', () => {
    const table = tableOf(['what', 'ms'], [['run', 1234.5], ['hop', 0.05]]); // prettier-ignore

    assert.equal(table, '| what | ms |\n| --- | --: |\n| run | 1235 |\n| hop | 0.05 |');
  });
});

describe('the report of the benchmarks', () => {
  const section = (question: string, value: number): string =>
    sectionOf({
      question,
      report: `${value} ms`,
      figures: [atMost(2, { figure: 'wait', value, unit: 'ms', command: 'bench' })],
      command: 'bench',
    });

  it('says which targets are missed', () => {
    assert.match(section('How long?', 1), /- holds: wait: 1 ms \(at most 2\)/);
    assert.match(section('How long?', 3), /- \*\*MISSED\*\*: wait: 3 ms \(at most 2\)/);
  });

  it('keeps the sections that were not measured again, in their order', () => {
    const first = mergeSections('', [section('One?', 1), section('Two?', 2)]);

    const second = mergeSections(first, [section('One?', 3), section('Three?', 1)]);

    assert.deepEqual(second.match(/^#+ .*$/gm), [
      '# Benchmarks',
      '## One?',
      '## Two?',
      '## Three?',
    ]);
    assert.match(second, /## One\?\n\n3 ms/);
    assert.equal(mergeSections(second, []), second);
  });
});
