import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createBettingGrid } from '../../src/routing/betting-grid.js';
import { clopperPearsonUpper } from '../../src/routing/clopper-pearson.js';
import { InputDriftTest, type Escalation } from '../../src/routing/input-drift-test.js';
import { seededDraw } from '../support/seeded-draw.js';

const labelCount = 20;
type Row = Escalation | 'sure';

/** Rows of which a share goes to the teacher, whose labels are evenly spread over the first 19. */
function ordinaryRow(draw: () => number, escalatedShare = 0.15): Row {
  if (draw() >= escalatedShare) return 'sure';
  const teacherLabel = Math.floor(draw() * (labelCount - 1));
  return { teacherLabel, isOutOfScope: draw() < 0.1 };
}

const rowsOf = (count: number, make: () => Row): Row[] => Array.from({ length: count }, make);
const escalationsOf = (rows: readonly Row[]): Escalation[] => rows.filter((row) => row !== 'sure');
const referenceOf = (rows: readonly Row[]) => ({
  rows: rows.length,
  escalations: escalationsOf(rows),
});

/** @returns rows until the alarm and what it was about; null: none came. */
function alarmIn(test: InputDriftTest, rows: readonly Row[]) {
  for (const [index, row] of rows.entries()) {
    if (row === 'sure') test.addSure(1);
    else {
      const drift = test.addEscalation(row);
      if (drift !== null) return { afterRows: index + 1, drift };
    }
  }
  return null;
}

/** The definition, row by row and kind by kind, in plain products. */
function plainAlarm(reference: readonly Row[], rows: readonly Row[]): number | null {
  const kinds: { isOf: (row: Escalation) => boolean; weight: number }[] = [
    { isOf: () => true, weight: 1 / 3 },
    { isOf: ({ isOutOfScope }) => isOutOfScope, weight: 1 / 3 },
    ...Array.from({ length: labelCount }, (_, label) => ({
      isOf: ({ teacherLabel }: Escalation) => teacherLabel === label,
      weight: 1 / 3 / labelCount,
    })),
  ];
  const states = kinds.map(({ isOf, weight }) => {
    const count = { successes: escalationsOf(reference).filter(isOf).length };
    const shareMax = clopperPearsonUpper({ ...count, trials: reference.length }, 0.1 * weight);
    const { onAgree, onDisagree } = createBettingGrid(shareMax);
    return { isOf, weight, onAgree, onDisagree, evidence: onAgree.map(() => 1) };
  });
  for (const [index, row] of rows.entries())
    for (const state of states) {
      const factors = row !== 'sure' && state.isOf(row) ? state.onDisagree : state.onAgree;
      state.evidence = state.evidence.map((e, bet) => Math.max(e, 1) * Math.exp(factors[bet]!));
      const mean = state.evidence.reduce((sum, e) => sum + e, 0) / state.evidence.length;
      if (mean >= 1e5 / state.weight) return index + 1;
    }
  return null;
}

describe('the test of inputs', () => {
  const kinds: readonly (readonly [string, (draw: () => number) => Row])[] = [
    [
      'a new label',
      (draw) =>
        draw() < 0.1 ? { teacherLabel: labelCount - 1, isOutOfScope: false } : ordinaryRow(draw),
    ],
    ['more of everything', (draw) => ordinaryRow(draw, 0.4)],
    [
      'strangers',
      (draw) => {
        const row = ordinaryRow(draw);
        return row === 'sure' ? row : { ...row, isOutOfScope: draw() < 0.8 };
      },
    ],
  ];
  for (const [name, shifted] of kinds)
    it(`sees ${name} at the very row at which the definition has it`, () => {
      const draw = seededDraw(7);
      const reference = rowsOf(400, () => ordinaryRow(draw));
      const calm = rowsOf(1_000, () => ordinaryRow(draw));
      const rows = [...calm, ...rowsOf(3_000, () => shifted(draw))];
      const seen = alarmIn(new InputDriftTest(referenceOf(reference), labelCount), rows);
      assert.equal(seen?.afterRows, plainAlarm(reference, rows));
      assert.ok(seen.afterRows > 1_000 && seen.afterRows < 2_000, `after ${seen.afterRows}`);
    });

  it('says what has become frequent, against what', () => {
    const draw = seededDraw(8);
    const reference = rowsOf(400, () => ordinaryRow(draw));
    const shifted = rowsOf(1_000, () => kinds[0]![1](draw));
    const { drift } = alarmIn(new InputDriftTest(referenceOf(reference), labelCount), shifted)!;
    assert.equal(drift.of, labelCount - 1);
    assert.deepEqual([drift.referenceSeen, drift.referenceRows], [0, 400]);
    const share = drift.seen / drift.rows;
    assert.ok(share > 0.05 && share < 0.3, `${drift.seen} of ${drift.rows}`);
  });

  it('takes many sure rows at once as it takes them one by one', () => {
    const reference = { rows: 100, escalations: [{ teacherLabel: 3, isOutOfScope: false }] };
    const single = new InputDriftTest(reference, labelCount);
    const bulk = new InputDriftTest(reference, labelCount);
    const row = { teacherLabel: 3, isOutOfScope: true };
    const draw = seededDraw(9);
    for (let round = 0; round < 200; round++) {
      const rows = Math.floor(draw() * 12);
      for (let index = 0; index < rows; index++) single.addSure(1);
      bulk.addSure(rows);
      const seen = single.addEscalation(row);
      assert.deepEqual(bulk.addEscalation(row), seen);
      if (seen !== null) return;
    }
    assert.fail('no alarm in 200 rounds');
  });

  it('is silent in 20 000 rows of the same traffic in nearly all of 100 streams', () => {
    let alarms = 0;
    for (let seed = 1; seed <= 100; seed++) {
      const draw = seededDraw(seed);
      const reference = rowsOf(300, () => ordinaryRow(draw));
      const test = new InputDriftTest(referenceOf(reference), labelCount);
      if (
        alarmIn(
          test,
          rowsOf(20_000, () => ordinaryRow(draw)),
        ) !== null
      )
        alarms++;
    }
    // Limits that fail in 10 % of the references, and 20 000 rows at one in 100 000 at worst.
    assert.ok(alarms <= 4, `${alarms} of 100`);
  });

  it('cannot see more of what was everywhere', () => {
    const escalations = Array.from({ length: 50 }, () => ({ teacherLabel: 0, isOutOfScope: true }));
    const test = new InputDriftTest({ rows: 50, escalations }, 1);
    for (let row = 0; row < 5_000; row++)
      assert.equal(test.addEscalation({ teacherLabel: 0, isOutOfScope: true }), null);
  });

  it('refuses a reference that is none', () => {
    assert.throws(() => new InputDriftTest({ rows: 0, escalations: [] }, 2), RangeError);
    const escalations = [{ teacherLabel: 0, isOutOfScope: false }];
    assert.throws(() => new InputDriftTest({ rows: 0.5, escalations }, 2), RangeError);
  });
});
