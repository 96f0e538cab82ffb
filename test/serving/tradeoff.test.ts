import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { HoldoutEvidence } from '../../src/serving/evidence.js';
import { Guarantee } from '../../src/serving/guarantee.js';
import { tradeoffOf } from '../../src/serving/tradeoff.js';
import { createEvidence, many } from '../support/holdout-evidence.js';
import { policy, squareTask } from '../support/square-task.js';

/** Surer answers are righter: from 0.75 up none differs, below it every third one does. */
function mixedRows(count: number): readonly HoldoutEvidence[] {
  return many(count, createEvidence('mixed')).map((row, index) => ({
    ...row,
    disagrees: row.confidence < 0.75 && index % 3 === 0,
  }));
}

function open(rows: readonly HoldoutEvidence[] | null) {
  const guarantee = new Guarantee({
    labels: squareTask.labels,
    policy,
    saved: null,
    now: () => 1,
    save: () => {},
    onEvent: () => {},
  });
  if (rows !== null) guarantee.bind('a', rows);
  const read = () =>
    tradeoffOf({
      student: rows === null ? null : { version: 'v1-00000001' },
      guarantee,
      thresholdInForce: guarantee.threshold,
      teacherCostPerRowUsd: 0.01,
      studentCostPerRowUsd: rows === null ? null : 0.0001,
    });
  return { guarantee, read };
}

describe('the tradeoff of a task', () => {
  it('says that there is no student, and shows the prices there are', () => {
    const { read } = open(null);

    const { student, points, inForce, missing, studentCostPerRowUsd, certificate } = read();
    assert.deepEqual([student, points, inForce, studentCostPerRowUsd], [null, [], null, null]);
    assert.match(missing!, /no student yet/);
    assert.equal(certificate.kind, 'not-certified');
  });

  it('counts down the rows to a curve', () => {
    const missingAt = (rows: number) => open(mixedRows(rows)).read().missing;

    assert.equal(missingAt(0), '20 more holdout rows until there is a curve.');
    assert.equal(missingAt(19), '1 more holdout row until there is a curve.');
    assert.equal(missingAt(20), null);
  });

  it('places the certificate in force on the curve', () => {
    const { guarantee, read } = open(mixedRows(600));
    const { inForce, points, holdoutRows } = read();

    const { certificate } = guarantee;
    assert.ok(certificate.kind === 'certified' && inForce !== null);
    assert.deepEqual([holdoutRows, points.length], [600, 50]);
    assert.equal(inForce.threshold, certificate.threshold);
    assert.deepEqual([inForce.risk.rows, inForce.coverage.rows], [certificate.rows, 600]);
    // Labelled all the same: 0.1 for holdout, and 0.02 of the 0.9 that may be trained on.
    const teacherShare = 1 - inForce.coverage.estimate * (1 - 0.118);
    assert.ok(Math.abs(inForce.teacherShare - teacherShare) < 1e-12);
    const cost = 1000 * (teacherShare * 0.01 + 0.0001);
    assert.ok(Math.abs(inForce.costUsdPer1000Rows - cost) < 1e-9);
  });

  const worlds = {
    'a student that is often wrong': mixedRows(600),
    // A fit waits for twice the rows that could pass.
    'a student that never is': many(300, createEvidence('right')),
  };
  for (const [name, rows] of Object.entries(worlds))
    it(`names targets that, once set, certify at once what they promise: ${name}`, () => {
      const { points } = open(rows).read();
      const targets = new Map(points.map(({ target }) => [target!.riskMax, target!.coverage]));

      assert.ok(targets.size >= 1);
      for (const [riskMax, coverage] of targets) {
        const { guarantee } = open(rows);
        guarantee.setPolicy({ ...policy, riskMax });
        guarantee.bind('a', rows);
        const { certificate } = guarantee;
        assert.ok(certificate.kind === 'certified', `nothing at ${riskMax}`);
        assert.equal(certificate.coverage, coverage);
      }
    });

  it('asks for more risk with each attempt that was spent', () => {
    const rows = mixedRows(600);
    const { guarantee, read } = open(rows);
    const before = read().points.at(-1)!.target!.riskMax;
    guarantee.setPolicy({ ...policy, riskMax: 0.2 });
    guarantee.bind('a', rows);

    assert.ok(read().points.at(-1)!.target!.riskMax > before);
  });

  it('is empty while nobody is bound', () => {
    const { guarantee, read } = open(mixedRows(600));
    guarantee.setPolicy({ ...policy, riskMax: 0.2 });

    assert.equal(read().holdoutRows, 0);
  });
});
