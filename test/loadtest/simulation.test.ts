import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { fitBySelection } from '../../loadtest/simulation/selective-guaranteed-risk.js';
import { seededDraw } from '../support/seeded-draw.js';
import { shareFigure } from '../../loadtest/simulation/shares.js';
import { coverageOf, drawMixedRow, riskOf } from '../../loadtest/simulation/mixes.js';
import { passChange } from '../../loadtest/simulation/changed-stream.js';
import { bestCoverage, hardWorlds, usualWorld } from '../../loadtest/simulation/worlds.js';

describe('the worlds of the simulation', () => {
  for (const world of hardWorlds(0.05)) {
    it(`knows its true risk: ${world.name}`, () => {
      const pieces = 20_000;
      let errors = 0;
      for (let piece = 1; piece <= pieces; piece++) {
        errors += world.riskAt((piece - 0.5) / pieces) / pieces;
        if (piece % 500 !== 0) continue;
        const mass = piece / pieces;
        assert.ok(Math.abs(world.riskUpTo(mass) - errors / mass) < 1e-4, `at ${mass}`);
      }
    });

    it(`knows what a threshold covers: ${world.name}`, () => {
      for (let mass = 0.01; mass <= 1; mass += 0.01) {
        const threshold = world.confidenceAt(mass);
        const covered = world.massFrom(threshold);
        assert.ok(covered >= mass - 1e-9);
        // What is covered is at least as sure as the threshold, what is not is not.
        assert.ok(world.confidenceAt(covered - 1e-6) >= threshold - 1e-15);
        if (covered < 1 - 1e-3) assert.ok(world.confidenceAt(covered + 1e-3) < threshold);
      }
    });
  }

  it('say what could be covered if the truth were known', () => {
    assert.ok(Math.abs(bestCoverage(usualWorld(0.05), 0.05) - 0.75) < 2e-3);
    assert.equal(bestCoverage(hardWorlds(0.05)[0]!, 0.05), 0);
  });
});

describe('traffic that has changed', () => {
  const world = usualWorld(0.05);
  for (const mix of [
    { hardness: 1, newShare: 0.1 },
    { hardness: 2, newShare: 0 },
    { hardness: 2, newShare: 0.2 },
  ])
    it(`knows its true risk and what is covered: ${JSON.stringify(mix)}`, () => {
      const draw = seededDraw(3);
      const rows = Array.from({ length: 100_000 }, () => drawMixedRow(world, mix, draw));
      for (const mass of [0.3, 0.6, 0.9]) {
        const above = rows.filter((row) => row.mass <= mass);
        const risk = above.filter(({ disagrees }) => disagrees).length / above.length;
        // Five standard errors of a share of so many rows.
        const within = (share: number, of: number) => 5 * Math.sqrt(share / of);
        const expected = { risk: riskOf(world, mix, mass), coverage: coverageOf(mix, mass) };
        assert.ok(Math.abs(risk - expected.risk) < within(risk, above.length), `at ${mass}`);
        const covered = above.length / rows.length;
        assert.ok(Math.abs(covered - expected.coverage) < within(covered, rows.length));
      }
    });

  it('raises the threshold when the watch of the inputs sees it, and serves on', () => {
    const passed = passChange({
      ...{ world, target: { riskMax: 0.05, delta: 0.1 }, areInputsWatched: true },
      ...{ mixAt: () => ({ hardness: 1, newShare: 0.2 }), calmRows: 500, changedRows: 3_000 },
      draw: seededDraw(4),
    });
    assert.equal(passed?.alarm, 'inputs');
    assert.ok(passed.rowsToAlarm < 1_000, `after ${passed.rowsToAlarm} rows`);
    assert.ok(passed.excessToAlarm <= passed.excess);
  });
});

describe('selection with guaranteed risk', () => {
  const fit = (disagrees: readonly boolean[], confidenceOf: (row: number) => number) =>
    fitBySelection(
      { confidences: Float64Array.from(disagrees, (_, row) => confidenceOf(row)), disagrees },
      { riskMax: 0.05, delta: 0.1 },
    );
  const right = (count: number): boolean[] => Array.from({ length: count }, () => false);
  const wrong = (count: number): boolean[] => Array.from({ length: count }, () => true);

  it('takes all rows when none is wrong, and none when all are', () => {
    assert.equal(
      fit(right(1000), (row) => 1 - row / 1000),
      1 - 999 / 1000,
    );
    assert.equal(
      fit(wrong(1000), (row) => 1 - row / 1000),
      null,
    );
  });

  it('keeps the last threshold that passed, whatever was tested after it', () => {
    // Oracle (python3, exact fractions), 10 tests at 0.01 each: the ranks tested are 511, 767, 639,
    // 575, 543, 527, 519, 523, 525, 526. 525 is the last that passes, and 526, tested last, fails.
    const rows = [...right(512), ...wrong(512)];

    assert.equal(
      fit(rows, (row) => 1 - row / 1024),
      1 - 525 / 1024,
    );
  });

  it('serves no row of equal confidence that it has not counted', () => {
    // The first test's middle lies in a tie of which only the rows behind it are wrong.
    const rows = [...right(600), ...wrong(424)];

    assert.equal(
      fit(rows, (row) => (row < 400 ? 1 : 0.5)),
      1,
    );
  });
});

describe('a figure of a share of streams', () => {
  const figure = (successes: number, trials: number, isQuick: boolean) =>
    shareFigure(
      { successes, trials },
      { what: 'broken', bound: 0.1, isQuick, command: 'npm run simulate' },
    );

  it('holds when the upper limit keeps the bound, and says the limit', () => {
    // Oracle (python3, bisection on exact sums): P(Bin(2000, U) <= 177) = 0.05 at U = 0.099650.
    const { value, holds } = figure(177, 2000, false);
    assert.ok(Math.abs(value - 0.09964957831793639) < 1e-9);
    assert.equal(holds, true);
    assert.equal(figure(185, 2000, false).holds, false);
  });

  it('of a quick look is missed only when the share is surely too high', () => {
    assert.equal(figure(30, 200, true).holds, true);
    assert.equal(figure(40, 200, true).holds, false);
  });
});
