import { createSeededDraw } from '../../src/distillation/seeded-draw.js';
import { labelReferenceRows } from '../../src/routing/label-shift-test.js';
import { LabelMix } from '../../src/serving/label-mix.js';
import { percentileOf } from '../bench/numbers.js';
import { tableOf } from '../bench/table.js';
import { shareFigure } from './shares.js';
import type { Simulated, SimulationOptions } from './simulated.js';

const manyLabels = 150;
/** Holdout rows after the reference: of 50 000 requests, of which 4 % are held out. */
const calmRowsMax = 2_000;
const calmRowsQuick = 500;
const shiftedStreamsQuick = 40;
const shiftedRowsMax = 2_000;
/** Of all rows, those of a label that was not there. */
const newShares = [0.05, 0.1, 0.2] as const;

/** Makes the next holdout row: its input, and the teacher's label. */
type MakeRow = () => { readonly inputHash: string; readonly teacherLabel: number };

interface LabelWorld {
  readonly name: string;
  readonly labelCount: number;
  /** @param isAfter  whether the reference is full. */
  readonly open: (draw: () => number, isAfter: () => boolean) => MakeRow;
}

/** Every input once. */
const worldOf = (
  name: string,
  labelCount: number,
  labelOf: (draw: () => number) => number,
): LabelWorld => ({
  ...{ name, labelCount },
  open: (draw) => () => ({ inputHash: `${draw()}`, teacherLabel: labelOf(draw) }),
});

/** The last label never comes. */
const fewFrequent = (draw: () => number): number => Math.floor(draw() ** 3 * (manyLabels - 1));

/**
 * Half of the requests are for 50 inputs. Of all inputs a quarter is held out until the reference
 * is full, then 4 %: which of the 50 are still there is chance, and those come all the more often.
 */
const withRepeats: LabelWorld = {
  name: 'a few inputs come again and again',
  labelCount: manyLabels,
  open(draw, isAfter) {
    const often = Array.from({ length: 50 }, (_, input) => ({
      inputHash: `often ${input}`,
      teacherLabel: fewFrequent(draw),
      draw: draw(),
    }));
    return () => {
      const rate = isAfter() ? 0.04 : 0.25;
      const held = often.filter((input) => input.draw < rate);
      const heldShare = held.length / (held.length + 50 * rate);
      if (draw() < heldShare) return held[Math.floor(draw() * held.length)]!;
      return { inputHash: `${draw()}`, teacherLabel: fewFrequent(draw) };
    };
  },
};

const worlds: readonly LabelWorld[] = [
  worldOf('two labels, one at 30 %', 2, (draw) => Number(draw() < 0.3)),
  worldOf('150 labels alike', manyLabels, (draw) => Math.floor(draw() * manyLabels)),
  worldOf('150 labels, few of them frequent', manyLabels, fewFrequent),
  withRepeats,
];

/** @returns rows until the alarm; null without one in `rows`. */
function rowsToAlarm(mix: LabelMix, rows: number, make: MakeRow): number | null {
  for (let row = 1; row <= rows; row++)
    if (mix.take({ ...make(), createdMs: 1 }) !== null) return row;
  return null;
}

function hasFalseAlarm({ labelCount, open }: LabelWorld, seed: number, rows: number): boolean {
  const mix = new LabelMix(0, labelCount);
  let isAfter = false;
  const make = open(createSeededDraw(seed), () => isAfter);
  rowsToAlarm(mix, labelReferenceRows, make);
  isAfter = true;
  return rowsToAlarm(mix, rows, make) !== null;
}

/** Traffic whose labels stay as they are, and traffic with a label that was not there. */
export function simulateLabelShifts({ streams, isQuick, command }: SimulationOptions): Simulated {
  const seeds = Array.from({ length: streams }, (_, index) => index + 1);
  const calmRows = isQuick ? calmRowsQuick : calmRowsMax;
  // By the limits of the reference (10 %), and by the alarm: rows over 10 000.
  const bound = 0.1 + calmRows / 10_000;
  const figures = worlds.map((world) => {
    const successes = seeds.filter((seed) => hasFalseAlarm(world, seed, calmRows)).length;
    const what = `streams of ${calmRows} holdout rows of unchanged labels with an alarm`;
    return shareFigure(
      { successes, trials: streams },
      { what: `${world.name}: ${what}`, bound, isQuick, command },
    );
  });
  const rows = newShares.map((share) => {
    const delays = seeds.slice(0, isQuick ? shiftedStreamsQuick : streams).map((seed) => {
      const draw = createSeededDraw(seed);
      const mix = new LabelMix(0, manyLabels);
      const make = worlds[2]!.open(draw, () => true);
      rowsToAlarm(mix, labelReferenceRows, make);
      const shifted: MakeRow = () =>
        draw() < share ? { inputHash: `${draw()}`, teacherLabel: manyLabels - 1 } : make();
      return rowsToAlarm(mix, shiftedRowsMax, shifted) ?? Infinity;
    });
    const seen = delays.filter(Number.isFinite);
    return [share, percentileOf(seen, 50), percentileOf(seen, 95), 1 - seen.length / delays.length];
  });
  return {
    title: 'Changed labels: false alarms, and holdout rows until a new label is seen',
    figures,
    report: [
      `${streams} streams, ${manyLabels} labels of which few are frequent, ${labelReferenceRows}`,
      'holdout rows to compare with. Holdout rows from the first that may have the new label to',
      'the alarm:',
      '',
      tableOf(['share of rows with it', 'median', 'p95', `never in ${shiftedRowsMax} rows`], rows),
    ].join('\n'),
  };
}
