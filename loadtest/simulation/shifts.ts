import { policySchema } from '../../src/config/policy-schema.js';
import { createSeededDraw } from '../../src/distillation/seeded-draw.js';
import type { Figure } from '../../src/files/figures-file.js';
import { atMost } from '../bench/bounded-figure.js';
import { percentileOf } from '../bench/numbers.js';
import { tableOf } from '../bench/table.js';
import { drawRow, observeRow, openStream, type GuaranteeStream } from './guarantee-stream.js';
import {
  describeTarget,
  type Simulated,
  type SimulationOptions,
  type Target,
} from './simulated.js';
import { usualWorld, type World } from './worlds.js';

/** How the risk of what the student answers grows, in multiples of riskMax. */
interface Shift {
  readonly name: string;
  /** @param before  the multiple just before the shift; `holdoutRows` have come since. */
  readonly timesAt: (holdoutRows: number, before: number) => number;
}

const shifts: readonly Shift[] = [
  { name: 'abrupt, to 1.5 times riskMax', timesAt: () => 1.5 },
  { name: 'abrupt, to 2 times', timesAt: () => 2 },
  { name: 'abrupt, to 4 times', timesAt: () => 4 },
  {
    name: 'gradual, to 4 times over 1 000 holdout rows',
    timesAt: (rows, before) => before + (4 - before) * Math.min(1, rows / 1_000),
  },
];

/** Holdout rows of the good period before a shift, and how long an alarm is waited for. */
const goodRows = 400;
const waitRowsMax = 5_000;

interface Delay {
  /** Holdout rows from the beginning of the shift to the alarm. */
  readonly rows: number;
  /** Errors beyond riskMax that callers are expected to have got meanwhile. */
  readonly excessErrors: number;
  readonly isAlarmed: boolean;
}

/** After a good period the student becomes worse: what passes until the alarm. */
export function simulateShifts(options: SimulationOptions): Simulated {
  const { isQuick, command } = options;
  const streams = options.streams / (isQuick ? 5 : 2); // They take longer.
  const targets: readonly Target[] = [
    { riskMax: 0.05, delta: 0.1 },
    ...(isQuick ? [] : [{ riskMax: 0.02, delta: 0.1 }]),
  ];
  const lines = targets.flatMap((target) =>
    shifts.map((shift) => ({ target, shift, ...delaysOf(target, shift, streams) })),
  );
  return {
    title: 'Shifts: rows and errors until the alarm',
    figures: lines
      .filter(({ shift }) => shift.timesAt(waitRowsMax, 1) === 4)
      .map(({ shift, target, delays }) => figureOf(delays, { shift, target, command })),
    report: [
      `${streams} streams a line: a usual student, certified on 30 / riskMax rows, then`,
      `${goodRows} good holdout rows, then the risk of what it answers grows. Rows are of traffic,`,
      `at a holdout rate of ${100 * holdoutRate} %. Excess errors: what the student answered`,
      'wrongly beyond riskMax, as expected from its true risk. Left out: streams with an alarm',
      'before the shift, or without a certificate. Who has no alarm after',
      `${waitRowsMax} holdout rows counts with those.`,
      '',
      tableOf(
        [
          ...['shift', 'target', 'left out', 'without alarm'],
          ...quantiles.map((quantile) => `rows, ${quantile} %`),
          ...quantiles.map((quantile) => `excess errors, ${quantile} %`),
        ],
        lines.map(({ shift, target, delays, leftOut }) => [
          ...[shift.name, describeTarget(target), leftOut / streams],
          silentShare(delays),
          ...quantilesOf(delays.map(({ rows }) => rows / holdoutRate)),
          ...quantilesOf(delays.map(({ excessErrors }) => excessErrors)),
        ]),
      ),
    ].join('\n'),
  };
}

const { holdoutRate } = policySchema.parse({ riskMax: 0.05 });
const quantiles = [10, 50, 90, 99] as const;
const quantilesOf = (values: readonly number[]): readonly number[] =>
  quantiles.map((quantile) => percentileOf(values, quantile));

const figureOf = (
  delays: readonly Delay[],
  options: { readonly shift: Shift; readonly target: Target; readonly command: string },
): Figure =>
  atMost(0, {
    figure:
      `streams without an alarm within ${waitRowsMax} holdout rows, ${options.shift.name}, ` +
      describeTarget(options.target),
    value: silentShare(delays),
    unit: `share of ${delays.length} streams`,
    command: options.command,
  });

const silentShare = (delays: readonly Delay[]): number =>
  delays.filter(({ isAlarmed }) => !isAlarmed).length / delays.length;

function delaysOf(
  target: Target,
  shift: Shift,
  streams: number,
): { readonly delays: readonly Delay[]; readonly leftOut: number } {
  const world = usualWorld(target.riskMax);
  const delays: Delay[] = [];
  for (let seed = 1; seed <= streams; seed++) {
    const draw = createSeededDraw(seed);
    const stream = openStream(world, target);
    const evidence = Array.from({ length: 30 / target.riskMax }, () =>
      drawRow(stream, world, { draw }),
    );
    stream.guarantee.bind('student', evidence);
    for (let row = 0; row < goodRows; row++) observeRow(stream, drawRow(stream, world, { draw }));
    if (stream.alarms > 0 || stream.guarantee.threshold === null) continue;
    delays.push(delayOf(stream, { world, shift, draw, riskMax: target.riskMax }));
  }
  return { delays, leftOut: streams - delays.length };
}

function delayOf(
  stream: GuaranteeStream,
  options: {
    readonly world: World;
    readonly shift: Shift;
    readonly draw: () => number;
    readonly riskMax: number;
  },
): Delay {
  const { world, shift, draw, riskMax } = options;
  const massNow = (): number => world.massFrom(stream.guarantee.threshold!);
  const riskBefore = world.riskUpTo(massNow());
  let excessErrors = 0;
  for (let rows = 1; rows <= waitRowsMax; rows++) {
    const riskFactor = (shift.timesAt(rows, riskBefore / riskMax) * riskMax) / riskBefore;
    const excess = Math.max(0, world.riskUpTo(massNow()) * riskFactor - riskMax);
    const isServed = observeRow(stream, drawRow(stream, world, { draw, riskFactor }));
    if (isServed) excessErrors += excess / holdoutRate;
    if (stream.alarms > 0) return { rows, excessErrors, isAlarmed: true };
  }
  return { rows: waitRowsMax, excessErrors, isAlarmed: false };
}
