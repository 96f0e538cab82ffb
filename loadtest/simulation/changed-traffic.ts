import { createSeededDraw } from '../../src/distillation/seeded-draw.js';
import { percentileOf } from '../bench/numbers.js';
import { tableOf } from '../bench/table.js';
import { passChange, type Passed } from './changed-stream.js';
import type { Mix } from './mixes.js';
import { shareFigure, upperLimit } from './shares.js';
import { describeTarget, type Simulated, type SimulationOptions } from './simulated.js';
import { usualWorld } from './worlds.js';

interface Change {
  readonly name: string;
  /** @param rows  of traffic since the change began. */
  readonly mixAt: (rows: number) => Mix;
  /** Rows since a moment are alike: what is then certified must hold. */
  readonly isAbrupt: boolean;
}

const target = { riskMax: 0.05, delta: 0.1 };
const world = usualWorld(target.riskMax);

const newKind = (newShare: number): Change => ({
  name: `a new kind of input, ${100 * newShare} % of rows`,
  mixAt: () => ({ hardness: 1, newShare }),
  isAbrupt: true,
});

const changes: readonly Change[] = [
  ...[0.02, 0.05, 0.1, 0.2].map(newKind),
  {
    name: 'twice as many of the hardest rows',
    mixAt: () => ({ hardness: 2, newShare: 0 }),
    isAbrupt: true,
  },
  {
    name: 'a new kind that grows to 10 % over 10 000 rows',
    mixAt: (rows) => ({ hardness: 1, newShare: 0.1 * Math.min(1, rows / 10_000) }),
    isAbrupt: false,
  },
];

/** The whole guarantee while what comes in changes, with the watch of the inputs and without. */
export function simulateChangedTraffic(options: SimulationOptions): Simulated {
  const { isQuick, command } = options;
  const streams = options.streams / (isQuick ? 20 : 10); // They take longer.
  const lines = (isQuick ? changes.slice(2, 3) : changes).map((change) => ({
    change,
    watched: streamsOf(change, { streams, areInputsWatched: true }),
    unwatched: streamsOf(change, { streams, areInputsWatched: false }),
  }));
  return {
    title: 'The whole guarantee while the inputs change',
    figures: lines
      .filter(({ change }) => change.isAbrupt)
      .map(({ change, watched }) =>
        shareFigure(
          { successes: watched.filter(isPromisedTooMuch).length, trials: watched.length },
          {
            what:
              'streams with a threshold certified after an alarm that promises too much, ' +
              `${change.name}, ${describeTarget(target)}`,
            ...{ bound: target.delta, isQuick, command },
          },
        ),
      ),
    report: [
      `${streams} streams a line at ${describeTarget(target)}: a usual student, certified from a`,
      `cold start, ${calmRows} rows that stay the same, then the change, and ${changedRows} rows`,
      'more, without a better student all the time. Of new rows the student is always wrong, and',
      'sure of 42 % at the threshold that is right for the old ones. Rows are of traffic. Excess',
      'errors: what was answered wrongly beyond riskMax, as expected from the true risk. Left out:',
      'streams with an alarm, or without a certificate, before the change.',
      '',
      tableOf(
        [
          ...['change', 'inputs watched', 'left out', 'true risk at first', 'alarm by inputs'],
          ...['alarm by answers first', 'no alarm', 'rows until the first, median', 'p90'],
          ...['excess errors until then, median', 'p90', 'in all, median', 'p90'],
        ],
        lines.flatMap(({ change, watched, unwatched }) => [
          [change.name, 'yes', ...delaysOf(watched, streams)],
          [change.name, 'no', ...delaysOf(unwatched, streams)],
        ]),
      ),
      '',
      'What was served after the first alarm, by those with one. Above riskMax: the true risk of',
      'what was answered then. Certified again: on rows since the alarm, before the end.',
      '',
      tableOf(
        [
          ...['change', 'inputs watched', 'streams ever above riskMax', 'share of rows above it'],
          ...['highest true risk, p90', 'certified again', 'rows until then, median'],
          ...['of these promised too much', 'upper limit', 'coverage before', 'at the end'],
        ],
        lines.flatMap(({ change, watched, unwatched }) => [
          [change.name, 'yes', ...aftermathOf(watched)],
          [change.name, 'no', ...aftermathOf(unwatched)],
        ]),
      ),
    ].join('\n'),
  };
}

const calmRows = 2_000;
const changedRows = 30_000;

const isPromisedTooMuch = ({ isPromisedTooMuch: is }: Passed): boolean => is;

function streamsOf(
  { mixAt }: Change,
  options: { readonly streams: number; readonly areInputsWatched: boolean },
): readonly Passed[] {
  const { streams, areInputsWatched } = options;
  return Array.from({ length: streams }, (_, index) =>
    passChange({
      ...{ world, target, mixAt, areInputsWatched, calmRows, changedRows },
      draw: createSeededDraw(index + 1),
    }),
  ).filter((passed) => passed !== null);
}

const shareOf = (count: number, of: readonly unknown[]): number => count / of.length;

function delaysOf(passed: readonly Passed[], streams: number): readonly number[] {
  const by = (kind: Passed['alarm']) => passed.filter(({ alarm }) => alarm === kind).length;
  const of = (value: (one: Passed) => number, percentile: number) =>
    percentileOf(passed.map(value), percentile);
  return [
    ...[1 - passed.length / streams, of(({ riskAtFirst }) => riskAtFirst, 50)],
    ...[by('inputs'), by('answers'), by(null)].map((count) => shareOf(count, passed)),
    ...[50, 90].map((percentile) => of(({ rowsToAlarm }) => rowsToAlarm, percentile)),
    ...[50, 90].map((percentile) => of(({ excessToAlarm }) => excessToAlarm, percentile)),
    ...[50, 90].map((percentile) => of(({ excess }) => excess, percentile)),
  ];
}

function aftermathOf(all: readonly Passed[]): readonly number[] {
  const passed = all.filter(({ alarm }) => alarm !== null);
  const again = passed.filter(({ rowsToCertified }) => rowsToCertified !== null);
  const meanOf = (value: (one: Passed) => number): number =>
    passed.reduce((sum, one) => sum + value(one), 0) / passed.length;
  const tooMuch = again.filter(isPromisedTooMuch).length;
  return [
    shareOf(passed.filter(({ rowsAbove }) => rowsAbove > 0).length, passed),
    meanOf(({ rowsAbove, rowsToAlarm }) => rowsAbove / Math.max(1, changedRows - rowsToAlarm)),
    percentileOf(
      passed.map(({ riskAfterMax }) => riskAfterMax),
      90,
    ),
    shareOf(again.length, passed),
    percentileOf(
      again.map(({ rowsToCertified, rowsToAlarm }) => rowsToCertified! - rowsToAlarm),
      50,
    ),
    shareOf(tooMuch, again),
    again.length === 0 ? NaN : upperLimit({ successes: tooMuch, trials: again.length }),
    meanOf(({ coverageBefore }) => coverageBefore),
    meanOf(({ coverageAtEnd }) => coverageAtEnd),
  ];
}
