import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Policy } from '../../src/config/policy-schema.js';
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

function open(rows: readonly HoldoutEvidence[] | null, changes: Partial<Policy> = {}) {
  const guarantee = new Guarantee({
    labels: squareTask.labels,
    policy: { ...policy, ...changes },
    saved: null,
    now: () => 1,
    save: () => {},
    onEvent: () => {},
  });
  if (rows !== null) guarantee.bind('a', rows);
  const read = (riskFloor = 0) =>
    tradeoffOf({
      student: rows === null ? null : { version: 'v1-00000001' },
      guarantee,
      thresholdInForce: guarantee.threshold,
      labelThresholdsInForce: guarantee.labelThresholds,
      riskFloor,
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
    // Labelled all the same: 0.1 for holdout, and 0.02 of the 0.7 that may be trained on.
    const teacherShare = 1 - inForce.coverage.estimate * (1 - 0.114);
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

/** Two labels, one of them bright on every third row; each answer below 0.75 is less sure. */
function labelledRows(count: number): readonly HoldoutEvidence[] {
  return many(count, createEvidence('labelled')).map((row, index) => {
    const label = index % 3 === 0 ? 1 : 0;
    const disagrees = row.confidence < 0.75 && index % 7 === 0;
    return { ...row, label, disagrees, teacherLabel: disagrees ? 1 - label : label };
  });
}

describe('the tradeoff of a task with targets for single labels', () => {
  const bright = (target: Policy['labels'][string]) => ({ labels: { bright: target } });
  const policies = {
    'a risk of its own': bright({ riskMax: 0.03, delta: 0.1 }),
    'a risk that can not be certified': bright({ riskMax: 0.001, delta: 0.1 }),
    'a label that must not be missed': bright({ missMax: 0.03, delta: 0.1 }),
    both: bright({ riskMax: 0.04, missMax: 0.04, delta: 0.2 }),
  };
  const rows = labelledRows(1_500);
  /** What a student with these thresholds answers of the rows. */
  const served = (guarantee: Guarantee) =>
    rows.filter(({ label, confidence }) => {
      const own = guarantee.labelThresholds[label];
      const applied = own === undefined ? guarantee.threshold : own;
      return guarantee.threshold !== null && applied !== null && confidence >= applied;
    });

  for (const [name, changes] of Object.entries(policies))
    it(`names targets that, once set, bring about the coverage that it says: ${name}`, () => {
      const { points } = open(rows, changes).read();
      const targets = new Map(
        points.flatMap(({ target }) => (target === null ? [] : [[target.riskMax, target]])),
      );

      assert.ok(targets.size >= 1);
      for (const [riskMax, { coverage }] of targets) {
        const { guarantee } = open(rows, changes);
        guarantee.setPolicy({ ...policy, ...changes, riskMax });
        guarantee.bind('a', rows);
        const { certificate } = guarantee;
        assert.ok(certificate.kind === 'certified', `nothing at ${riskMax}`);
        assert.equal(served(guarantee).length / rows.length, coverage);
        assert.equal(certificate.coverage, coverage);
      }
    });

  it('places what is in force by the thresholds of the labels', () => {
    const { guarantee, read } = open(rows, policies['a risk of its own']);
    const { inForce } = read();

    const answered = served(guarantee);
    const wrong = answered.filter(({ disagrees }) => disagrees).length;
    assert.ok(answered.length > 500 && wrong > 0);
    assert.equal(inForce!.coverage.estimate, answered.length / 1_500);
    assert.equal(inForce!.risk.estimate, wrong / answered.length);
  });

  it('leaves a label that is not certified to the teacher', () => {
    const { points } = open(rows, policies['a risk that can not be certified']).read();

    assert.equal(points.at(-1)!.coverage.estimate, 1_000 / 1_500);
  });

  it('names no target below the risk of a label: the policy would be refused', () => {
    const { points } = open(rows, bright({ riskMax: 0.05, delta: 0.1 })).read();

    assert.ok(points.every(({ target }) => target === null || target.riskMax >= 0.05));
  });

  it('can reach nothing while what must not be missed is not certified', () => {
    const { points } = open(rows, bright({ missMax: 0.001, delta: 0.1 })).read();

    assert.ok(points.length > 10);
    assert.ok(points.every(({ refusal }) => refusal === 'label-missed'));
  });

  it('names no target below the floor of the teacher', () => {
    const { points, riskFloor } = open(rows).read(0.04);

    assert.equal(riskFloor, 0.04);
    assert.ok(points.some(({ refusal }) => refusal === 'below-floor'));
    assert.ok(points.every(({ target }) => target === null || target.riskMax >= 0.04));
  });

  it('says which rows are missing where hardly any are of the other labels', () => {
    const brightRows = rows.map((row) => ({ ...row, label: 1, teacherLabel: 1 }));
    const { missing } = open(brightRows, policies['a risk of its own']).read();

    assert.equal(
      missing,
      '20 more holdout rows of labels without a riskMax of their own until there is a curve.',
    );
  });
});
