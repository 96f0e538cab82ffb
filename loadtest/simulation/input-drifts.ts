import { createSeededDraw } from '../../src/distillation/seeded-draw.js';
import { InputDriftTest, type Escalation } from '../../src/routing/input-drift-test.js';
import { percentileOf } from '../bench/numbers.js';
import { tableOf } from '../bench/table.js';
import { shareFigure } from './shares.js';
import type { Simulated, SimulationOptions } from './simulated.js';

const labelCount = 150;
const referenceRows = 300;
const calmRows = 10_000;
/** Rows after the shift in which it may be seen. */
const shiftedRowsMax = 10_000;
const rowsASecond = 10;
/** By the limits of the reference (10 %), and by the alarm: seconds over 100 000. */
const falseAlarmsMax = 0.1 + calmRows / rowsASecond / 100_000;
/** Of all rows, those of a new label that the student is not sure of. */
const newShares = [0.02, 0.05, 0.1, 0.2] as const;

type Row = Escalation | null;

/** The student leaves a tenth to the teacher, most of it of few labels; null: it is sure. */
function ordinaryRow(draw: () => number): Row {
  if (draw() >= 0.1) return null;
  const teacherLabel = Math.floor(draw() ** 3 * (labelCount - 1));
  return { teacherLabel, isOutOfScope: draw() < 0.1 };
}

const newRow: Escalation = { teacherLabel: labelCount - 1, isOutOfScope: false };

function testOf(draw: () => number): InputDriftTest {
  const rows = Array.from({ length: referenceRows }, () => ordinaryRow(draw));
  const escalations = rows.filter((row) => row !== null);
  return new InputDriftTest({ rows: referenceRows, escalations }, labelCount);
}

/** @returns rows until the alarm, taken in as seconds of so many; null without one in `rows`. */
function rowsToAlarm(test: InputDriftTest, rows: number, make: () => Row): number | null {
  for (let row = rowsASecond; row <= rows; row += rowsASecond) {
    const second = Array.from({ length: rowsASecond }, make);
    const escalations = second.filter((made) => made !== null);
    if (test.add({ rows: rowsASecond, escalations }) !== null) return row;
  }
  return null;
}

/** Traffic like that which certified the threshold, and traffic with a label that was not there. */
export function simulateInputDrifts({ streams, isQuick, command }: SimulationOptions): Simulated {
  let falseAlarms = 0;
  const delays = newShares.map((): number[] => []);
  for (let seed = 1; seed <= streams; seed++) {
    const draw = createSeededDraw(seed);
    if (rowsToAlarm(testOf(draw), calmRows, () => ordinaryRow(draw)) !== null) falseAlarms++;
    for (const [index, share] of newShares.entries()) {
      const shifted = (): Row => (draw() < share ? newRow : ordinaryRow(draw));
      delays[index]!.push(rowsToAlarm(testOf(draw), shiftedRowsMax, shifted) ?? Infinity);
    }
  }
  return {
    title: 'Changed inputs: false alarms, and rows until a new label is seen',
    figures: [
      shareFigure(
        { successes: falseAlarms, trials: streams },
        {
          what: `streams of ${calmRows} rows of unchanged inputs with an alarm of the inputs`,
          ...{ bound: falseAlarmsMax, isQuick, command },
        },
      ),
    ],
    report: [
      `${streams} streams, ${labelCount} labels, ${referenceRows} rows to compare with, of which a`,
      `tenth went to the teacher; ${rowsASecond} rows a second. Rows from the first of the new`,
      'label to the alarm:',
      '',
      tableOf(
        ['share of rows escalated with it', 'median', 'p95', 'never in 10 000 rows'],
        newShares.map((share, index) => {
          const seen = delays[index]!.filter(Number.isFinite);
          const missed = 1 - seen.length / streams;
          return [share, percentileOf(seen, 50), percentileOf(seen, 95), missed];
        }),
      ),
    ].join('\n'),
  };
}
