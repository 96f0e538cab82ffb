import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createRiskWatch, type RiskWatch } from '../../src/serving/risk-watch.js';

const target = { riskMax: 0.05, delta: 0.1 };

/** Feeds rows of different inputs: `right` that agree, then some that differ. @returns how many. */
function alarmAfter(watch: RiskWatch, right: number, prefix = ''): number {
  for (let row = 0; row < right; row++)
    assert.equal(watch.isAlarmedBy(`${prefix}right-${row}`, false), false);
  for (let row = 1; row <= 50; row++)
    if (watch.isAlarmedBy(`${prefix}wrong-${row}`, true)) return row;
  throw new Error('There was no alarm.');
}

describe('the watch of a threshold', () => {
  /*
   * Oracle (python3): 12 bets, geometric from 1/8 to 10; a row that differs multiplies by
   * 1 + 0.95 bet, one that agrees by 1 - 0.05 bet. The mean wealth must reach 10 (e-process), or
   * 2000 with each bet never below 1 before it is multiplied (e-detector).
   */
  for (const [right, wrong] of [
    [0, 2],
    [10, 4],
    [50, 5],
    [100, 5],
    [1000, 5], // The e-process has 0.0003 left; the e-detector has forgotten the good time.
  ] as const) {
    it(`raises an alarm after ${right} rows that agree and ${wrong} that differ`, () => {
      assert.equal(alarmAfter(createRiskWatch(target), right), wrong);
    });
  }

  it('counts an input once, however often it comes', () => {
    const watch = createRiskWatch(target);
    const before = JSON.stringify(watch.save());
    watch.isAlarmedBy('popular', true);
    const once = JSON.stringify(watch.save());

    for (let time = 0; time < 100; time++) assert.equal(watch.isAlarmedBy('popular', true), false);

    assert.notEqual(once, before);
    assert.equal(JSON.stringify(watch.save()), once);
  });

  it('remembers the newest 2 000 inputs', () => {
    const watch = createRiskWatch(target);
    watch.isAlarmedBy('first', false);
    for (let row = 1; row < 2_000; row++) watch.isAlarmedBy(`row-${row}`, false);
    const full = JSON.stringify(watch.save());
    watch.isAlarmedBy('first', false);
    const known = JSON.stringify(watch.save());
    watch.isAlarmedBy('one more', false);
    const more = JSON.stringify(watch.save());
    watch.isAlarmedBy('first', false);

    assert.equal(known, full);
    assert.notEqual(JSON.stringify(watch.save()), more);
  });

  it('goes on from what was saved', () => {
    const first = createRiskWatch(target);
    for (let row = 0; row < 10; row++) first.isAlarmedBy(`right-${row}`, false);
    first.isAlarmedBy('wrong', true);

    const saved = JSON.parse(JSON.stringify(first.save())) as ReturnType<RiskWatch['save']>;

    assert.equal(alarmAfter(createRiskWatch(target, saved), 0, 'later-'), 3);
  });

  it('starts afresh from numbers of other bets, instead of falling silent', () => {
    const saved = { logWealths: [0, 0, 0], logEvidence: [0, 0, 0] };

    assert.equal(alarmAfter(createRiskWatch(target, saved), 0), 2);
  });
});
