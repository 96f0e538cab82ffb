import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { simulateLabelTargets } from '../../loadtest/simulation/label-targets.js';
import { labelWorld } from '../../loadtest/simulation/label-world.js';
import { usualWorld } from '../../loadtest/simulation/worlds.js';
import { seededDraw } from '../support/seeded-draw.js';

describe('the world with a label of its own target', () => {
  const world = labelWorld({ missMax: 0.03 }, { fraudShare: 0.3, flagged: usualWorld(0.03) });
  const draw = seededDraw(1);
  const rows = Array.from({ length: 400_000 }, (_, index) => world.drawRow(index, draw));
  const shareOf = <T>(of: readonly T[], is: (one: T) => boolean): number =>
    of.filter(is).length / of.length;

  it('knows the risk of the label, and what is missed, as counted on rows drawn from it', () => {
    for (const threshold of [0.8, 0.5, 0.2, 0]) {
      const flagged = rows.filter(
        ({ label, confidence }) => label === 1 && confidence >= threshold,
      );
      const risk = shareOf(flagged, ({ disagrees }) => disagrees);
      const frauds = rows.filter(({ teacherLabel }) => teacherLabel === 1);
      const missed = shareOf(frauds, (row) => row.label === 0 && row.confidence >= threshold);

      assert.ok(Math.abs(world.riskFrom(threshold) - risk) < 0.004, `risk at ${threshold}`);
      assert.ok(Math.abs(world.missedFrom(threshold) - missed) < 0.003, `missed at ${threshold}`);
    }
  });

  it('breaks the promises beyond three quarters, and half, of the answers', () => {
    assert.ok(Math.abs(world.missedFrom(0.5) - 0.03) < 1e-12);
    assert.ok(Math.abs(world.riskFrom(0.25) - 0.03) < 1e-12);
  });

  it('is lived through by streams, and a few of them refute nothing', () => {
    const options = { streams: 8, isQuick: true, command: 'the test' };
    const { figures, report } = simulateLabelTargets(options);

    assert.equal(figures.length, 11);
    assert.deepEqual(
      figures.filter(({ holds }) => !holds).map(({ figure }) => figure),
      [],
    );
    assert.match(
      report,
      /usual student, 30 % of answers `fraud` \| (0\.[5-9]\d*|1) \| (0\.[5-9]|1)/,
    );
  });
});
