import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  InputDriftTest,
  type Escalation,
  type Escalations,
  type InputDrift,
} from '../../src/routing/input-drift-test.js';
import { readFixture } from '../support/read-fixture.js';
import { seededDraw } from '../support/seeded-draw.js';

const labelCount = 20;
type Row = Escalation | 'sure';

/** Rows of which 15 % go to the teacher, whose labels are evenly spread over the first 19. */
function ordinaryRow(draw: () => number): Row {
  if (draw() >= 0.15) return 'sure';
  const teacherLabel = Math.floor(draw() * (labelCount - 1));
  return { teacherLabel, isOutOfScope: draw() < 0.1 };
}

const rowsOf = (count: number, make: () => Row): Row[] => Array.from({ length: count }, make);
const escalationsOf = (rows: readonly Row[]): Escalation[] => rows.filter((row) => row !== 'sure');
const pieceOf = (rows: readonly Row[]): Escalations => ({
  rows: rows.length,
  escalations: escalationsOf(rows),
});

/** @param sizes  of the pieces, in turn. */
function piecesOf(rows: readonly Row[], ...sizes: readonly number[]): Escalations[] {
  const pieces: Escalations[] = [];
  for (let at = 0; at < rows.length; at += pieces.at(-1)!.rows) {
    const size = sizes[pieces.length % sizes.length]!;
    pieces.push(pieceOf(rows.slice(at, at + size)));
  }
  return pieces;
}

/** @returns pieces until the alarm and what it was about; null: none came. */
function alarmIn(test: InputDriftTest, pieces: readonly Escalations[]) {
  for (const [index, piece] of pieces.entries()) {
    const drift = test.add(piece);
    if (drift !== null) return { afterPieces: index + 1, drift };
  }
  return null;
}

/** fixtures/input-drift-oracle.py: a character a row, as it says. */
const oracle = readFixture('routing/fixtures/input-drift.json') as {
  readonly labelCount: number;
  readonly cases: readonly {
    readonly name: string;
    readonly reference: string;
    readonly traffic: string;
    readonly sizes: readonly number[];
    /** null: none comes. More than one kind may have become frequent in one piece. */
    readonly alarm: { readonly afterPieces: number; readonly of: readonly InputDrift[] } | null;
  }[];
};

const rowsIn = (written: string): Row[] =>
  Array.from(written, (row) => {
    if (row === '.') return 'sure';
    const teacherLabel = row.toLowerCase().charCodeAt(0) - 'a'.charCodeAt(0);
    return { teacherLabel, isOutOfScope: row !== row.toLowerCase() };
  });

describe('the test of inputs', () => {
  for (const { name, reference, traffic, sizes, alarm } of oracle.cases)
    it(`sees at the very piece what an oracle sees: ${name}, in pieces of ${sizes.join()}`, () => {
      const test = new InputDriftTest(pieceOf(rowsIn(reference)), oracle.labelCount);

      const seen = alarmIn(test, piecesOf(rowsIn(traffic), ...sizes));

      assert.equal(seen?.afterPieces, alarm?.afterPieces);
      if (seen === null) return;
      const same = alarm!.of.find(({ of }) => of === seen.drift.of);
      assert.deepEqual(seen.drift, same);
    });

  it('says what has become frequent, against what', () => {
    const draw = seededDraw(8);
    const reference = rowsOf(400, () => ordinaryRow(draw));
    const odd = { teacherLabel: labelCount - 1, isOutOfScope: false };
    const pieces = piecesOf(
      rowsOf(1_000, () => (draw() < 0.1 ? odd : ordinaryRow(draw))),
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
