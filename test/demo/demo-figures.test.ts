import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  agreementOfAll,
  costShare,
  demoTime,
  lowestAgreement,
  shareRise,
} from '../../src/demo/demo-figures.js';
import type { PhaseReport } from '../../src/demo/phase-report.js';

const command = 'npm run demo';

/** @param agreeing  of the rows that the student answered. */
const phase = (studentRows: number, agreeing: number): PhaseReport => ({
  title: 'letters',
  studentVersion: 'v1-0a1b2c3d',
  rows: 100,
  studentShare: studentRows / 100,
  agreement:
    studentRows === 0
      ? null
      : { estimate: agreeing / studentRows, low: 0, high: 1, rows: studentRows },
  accuracy: 0.9,
  teacherAccuracy: 0.9,
  threshold: null,
  waitMs: { student: null, teacher: null },
  costPerThousandUsd: 0.3,
  teacherForAllPerThousandUsd: 0.5,
});

/** 50 answers of which 45 agree, 90 of which 70 do: 115 of 140 in all. */
const phases = [phase(0, 0), phase(50, 45), phase(90, 70)];

describe('the figures of a demo', () => {
  it('hold a rise of the share against what it must be, in points', () => {
    const of = { name: 'rise', command };
    const [first, second] = phases as [PhaseReport, PhaseReport];

    const enough = shareRise([first, second], { ...of, pointsMin: 50 });
    const tooLittle = shareRise([second, first], { ...of, pointsMin: -49 });

    assert.deepEqual(enough, {
      ...{ figure: 'rise', value: 50, unit: 'points', target: 'at least 50' },
      ...{ holds: true, command },
    });
    assert.deepEqual([tooLittle.value, tooLittle.holds], [-50, false]);
  });

  it('hold the lowest agreement of a phase, and that of all, against the promise', () => {
    const lowest = lowestAgreement(phases, { riskMax: 0.2, command });
    const all = agreementOfAll(phases, { riskMax: 0.2, command });

    assert.deepEqual([lowest.value, lowest.holds], [(70 / 90) * 100, false]);
    assert.ok(Math.abs(all.value - (115 / 140) * 100) < 1e-9);
    assert.equal(all.holds, true);
    assert.equal(agreementOfAll(phases, { riskMax: 0.17, command }).holds, false);
  });

  it('hold no promise where the student has answered nothing', () => {
    const none = [phase(0, 0)];

    assert.equal(lowestAgreement(none, { riskMax: 0.2, command }).holds, false);
    assert.equal(agreementOfAll(none, { riskMax: 0.2, command }).holds, false);
  });

  it('hold what a phase costs against the teacher for all', () => {
    const figure = costShare(phases[2]!, { name: 'cost', percentMax: 60, command });

    assert.deepEqual([figure.value, figure.unit, figure.holds], [60, '%', true]);
    assert.equal(costShare(phases[2]!, { name: 'c', percentMax: 59, command }).holds, false);
  });

  it('want the whole to end in time', () => {
    assert.equal(demoTime(179.9, { secondsMax: 180, command }).holds, true);
    assert.equal(demoTime(180, { secondsMax: 180, command }).holds, false);
  });
});
