import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createBettingGrid } from '../../src/routing/betting-grid.js';
import { clopperPearsonUpper } from '../../src/routing/clopper-pearson.js';
import {
  InputDriftTest,
  type Escalation,
  type Escalations,
} from '../../src/routing/input-drift-test.js';
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
const pieceOf = (rows: readonly Row[]): Escalations => ({
  rows: rows.length,
  escalations: escalationsOf(rows),
});

function piecesOf(rows: readonly Row[], size: number): Escalations[] {
  const count = Math.ceil(rows.length / size);
  return Array.from({ length: count }, (_, k) => pieceOf(rows.slice(k * size, (k + 1) * size)));
}

/** @returns pieces until the alarm and what it was about; null: none came. */
function alarmIn(test: InputDriftTest, pieces: readonly Escalations[]) {
  for (const [index, piece] of pieces.entries()) {
    const drift = test.add(piece);
    if (drift !== null) return { afterPieces: index + 1, drift };
  }
  return null;
}

/** The definition, piece by piece and kind by kind, in plain products. */
function plainAlarm(reference: readonly Row[], pieces: readonly Escalations[]): number | null {
  const kinds: { isOf: (row: Escalation) => boolean; weight: number }[] = [
    { isOf: () => true, weight: 1 / 3 },
    { isOf: ({ isOutOfScope }) => isOutOfScope, weight: 1 / 3 },
    ...Array.from({ length: labelCount }, (_, label) => ({
      isOf: ({ teacherLabel }: Escalation) => teacherLabel === label,
      weight: 1 / 3 / labelCount,
    })),
  ];
  const states = kinds.map(({ isOf, weight }) => {
    const successes = escalationsOf(reference).filter(isOf).length;
    const shareMax = clopperPearsonUpper({ successes, trials: reference.length }, 0.1 * weight);
    const { onAgree, onDisagree } = createBettingGrid(shareMax);
    const evidence = onAgree.map(() => 1);
    return { isOf, weight, onAgree, onDisagree, evidence, gains: onAgree.map(() => [1]) };
  });
  for (const [index, { rows, escalations }] of pieces.entries())
    for (const state of states) {
      const seen = escalations.filter(state.isOf).length;
      const factors = state.onAgree.map((agree, bet) =>
        Math.exp(seen * state.onDisagree[bet]! + (rows - seen) * agree),
      );
      state.gains = state.gains.map((gains, bet) =>
        state.evidence[bet]! > 1 ? [...gains, factors[bet]!] : [factors[bet]!],
      );
      state.evidence = state.evidence.map((e, bet) => Math.max(e, 1) * factors[bet]!);
      const cut = state.evidence.map((e, bet) => {
        const [first = 1, second = 1] = state.gains[bet]!.toSorted((a, b) => b - a);
        return e / Math.max(1, first) / Math.max(1, second);
      });
      const mean = cut.reduce((sum, e) => sum + e, 0) / cut.length;
      if (seen > 0 && mean >= 1e5 / state.weight) return index + 1;
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
    for (const size of [1, 20, 150])
      it(`sees ${name} in pieces of ${size} at the very piece where the definition has it`, () => {
        const draw = seededDraw(7);
        const reference = rowsOf(400, () => ordinaryRow(draw));
        const calm = rowsOf(1_200, () => ordinaryRow(draw));
        const pieces = piecesOf([...calm, ...rowsOf(6_000, () => shifted(draw))], size);
        const seen = alarmIn(new InputDriftTest(pieceOf(reference), labelCount), pieces);
        assert.equal(seen?.afterPieces, plainAlarm(reference, pieces));
        const rows = seen.afterPieces * size;
        assert.ok(rows > 1_200 && rows < 2_500, `after ${rows} rows`);
      });

  it('says what has become frequent, against what', () => {
    const draw = seededDraw(8);
    const reference = rowsOf(400, () => ordinaryRow(draw));
    const pieces = piecesOf(
      rowsOf(1_000, () => kinds[0]![1](draw)),
      10,
    );
    const { drift } = alarmIn(new InputDriftTest(pieceOf(reference), labelCount), pieces)!;
    assert.equal(drift.of, labelCount - 1);
    assert.deepEqual([drift.referenceSeen, drift.referenceRows], [0, 400]);
    const share = drift.seen / drift.rows;
    assert.ok(share > 0.05 && share < 0.3, `${drift.seen} of ${drift.rows}`);
  });

  it('does not take what one client sends at once for a change', () => {
    const draw = seededDraw(9);
    const reference = rowsOf(300, () => ordinaryRow(draw));
    const test = new InputDriftTest(pieceOf(reference), labelCount);
    const odd = { teacherLabel: labelCount - 1, isOutOfScope: true };
    const calm = () =>
      piecesOf(
        rowsOf(400, () => ordinaryRow(draw)),
        20,
      );
    const batch = { rows: 100, escalations: Array.from({ length: 100 }, () => odd) };
    assert.equal(alarmIn(test, [...calm(), batch, ...calm()]), null);
  });

  for (const size of [1, 30, 300])
    it(`is silent in 10 000 rows of the same traffic in nearly all streams, by ${size}`, () => {
      let alarms = 0;
      for (let seed = 1; seed <= 100; seed++) {
        const draw = seededDraw(seed);
        const reference = rowsOf(300, () => ordinaryRow(draw));
        const test = new InputDriftTest(pieceOf(reference), labelCount);
        const rows = rowsOf(10_000, () => ordinaryRow(draw));
        if (alarmIn(test, piecesOf(rows, size)) !== null) alarms++;
      }
      // Limits that fail in 10 % of the references, at worst.
      assert.ok(alarms <= 4, `${alarms} of 100`);
    });

  it('cannot see more of what was everywhere', () => {
    const escalations = Array.from({ length: 50 }, () => ({ teacherLabel: 0, isOutOfScope: true }));
    const all = { rows: 50, escalations };
    const test = new InputDriftTest(all, 1);
    for (let piece = 0; piece < 100; piece++) assert.equal(test.add(all), null);
  });

  it('refuses a reference that is none', () => {
    assert.throws(() => new InputDriftTest({ rows: 0, escalations: [] }, 2), RangeError);
    const escalations = Array.from({ length: 2 }, () => ({ teacherLabel: 0, isOutOfScope: false }));
    assert.throws(() => new InputDriftTest({ rows: 1, escalations }, 2), RangeError);
  });
});
