import type { Figure } from '../../src/files/figures-file.js';
import { policySchema } from '../../src/config/policy-schema.js';
import { createSeededDraw } from '../../src/distillation/seeded-draw.js';
import { Guarantee } from '../../src/serving/guarantee.js';
import { tableOf } from '../bench/table.js';
import { labelWorld, type FraudTarget, type LabelWorld } from './label-world.js';
import { shareFigure, upperLimit } from './shares.js';
import type { Simulated, SimulationOptions } from './simulated.js';
import { hardWorlds, usualWorld } from './worlds.js';

const target: FraudTarget = { riskMax: 0.03, missMax: 0.03 };
const policy = policySchema.parse({
  riskMax: 0.05,
  delta: 0.1,
  labels: { fraud: { ...target, delta: 0.1 } },
});
interface Case {
  readonly name: string;
  readonly world: LabelWorld;
  readonly rows: number;
  /** One stream in so many is lived through: long ones take long. */
  readonly every: number;
  /** Share of streams that must have the label certified at their end; 0: none can be asked. */
  readonly certifiedMin: number;
}

const usual = usualWorld(target.riskMax);
const [tooRisky] = hardWorlds(target.riskMax);
const cases: readonly Case[] = [
  {
    name: 'usual student, 30 % of answers `fraud`',
    world: labelWorld(target, { fraudShare: 0.3, flagged: usual }),
    ...{ rows: 3_000, every: 1, certifiedMin: 0.5 },
  },
  {
    name: '`fraud` just too risky everywhere',
    world: labelWorld(target, { fraudShare: 0.3, flagged: tooRisky! }),
    ...{ rows: 3_000, every: 1, certifiedMin: 0 },
  },
  {
    name: 'usual student, 5 % of answers `fraud`',
    world: labelWorld(target, { fraudShare: 0.05, flagged: usual }),
    ...{ rows: 12_000, every: 2, certifiedMin: 0.5 },
  },
];

/** What of a stream was ever promised too much. */
interface Stream {
  hasRisked: boolean;
  hasMissed: boolean;
  /** At its end something was certified: for all answers, and for `fraud`. */
  isCertified: boolean;
  isFraudCertified: boolean;
}

/** A label with a riskMax and a missMax of its own, from a cold start on. */
export function simulateLabelTargets(options: SimulationOptions): Simulated {
  const lived = cases.map((one) => livedThrough(one, options));
  return {
    title: 'Targets of a single label',
    figures: lived.flatMap(({ figures }) => figures),
    report: [
      "Streams of holdout rows through the gateway's own `Guarantee`, with a riskMax of 5 % for",
      'all answers and, for the label `fraud`, riskMax 3 % and missMax 3 % with delta 10 %, half',
      'of it for each. Of a usual student the risk of its answers `fraud` is too high beyond three',
      'quarters of them, and what it misses beyond half of the others. A stream is violated when',
      'that is so at any thresholds in force.',
      '',
      tableOf(
        ['world', 'streams', 'rows', 'violated', 'at most', 'share', 'upper limit'],
        lived.flatMap(({ lines }) => lines),
      ),
      '',
      tableOf(
        ['world', 'a threshold at the end', 'one for `fraud`'],
        lived.map(({ name, isCertified, isFraudCertified }) => [
          ...[name, isCertified, isFraudCertified],
        ]),
      ),
    ].join('\n'),
  };
}

function livedThrough(
  { name, world, rows, every, certifiedMin }: Case,
  { streams, isQuick, command }: SimulationOptions,
) {
  const trials = Math.ceil(streams / every / (isQuick ? 4 : 1));
  const lived = Array.from({ length: trials }, (_, index) => liveThrough(world, rows, index + 1));
  const count = (has: (stream: Stream) => boolean) => ({
    successes: lived.filter(has).length,
    trials,
  });
  const { delta } = policy.labels['fraud']!;
  const counted = [
    { what: 'risk above riskMax', bound: delta / 2, of: count((one) => one.hasRisked) },
    { what: 'missed above missMax', bound: delta / 2, of: count((one) => one.hasMissed) },
    { what: 'either', bound: delta, of: count((one) => one.hasRisked || one.hasMissed) },
  ];
  const certified = count((one) => one.isFraudCertified).successes / trials;
  const figures = counted.map(({ what, bound, of }) =>
    shareFigure(of, { what: `label target, ${name}: ${what}`, bound, isQuick, command }),
  );
  const floor: Figure = {
    ...{ figure: `label target, ${name}: certified at the end`, value: certified },
    ...{ unit: `share of ${trials} streams`, target: `at least ${certifiedMin}` },
    ...{ holds: certified >= certifiedMin, command },
  };
  return {
    ...{ name, isFraudCertified: certified },
    isCertified: count((one) => one.isCertified).successes / trials,
    figures: certifiedMin > 0 ? [...figures, floor] : figures,
    lines: counted.map(({ what, bound, of }) => [
      ...[name, trials, rows, what, bound, of.successes / trials, upperLimit(of)],
    ]),
  };
}

function liveThrough(world: LabelWorld, rows: number, seed: number): Stream {
  const draw = createSeededDraw(seed);
  let drawn = 0;
  const guarantee = new Guarantee({
    policy,
    labels: world.labels,
    saved: null,
    now: () => drawn,
    save: () => {},
    onEvent: () => {},
  });
  guarantee.bind('student', []);
  const stream = {
    hasRisked: false,
    hasMissed: false,
    isCertified: false,
    isFraudCertified: false,
  };
  while (drawn < rows) {
    const row = world.drawRow(++drawn, draw);
    const applied =
      row.label === world.fraud ? fraudThresholdOf(guarantee, world) : guarantee.threshold;
    const isServed = applied !== null && row.confidence >= applied;
    guarantee.observe(row, { isNew: true, isServed, certifies: true });
    const [threshold, own] = [guarantee.threshold, fraudThresholdOf(guarantee, world)];
    stream.hasMissed ||= threshold !== null && exceeds(world.missedFrom(threshold), target.missMax);
    stream.hasRisked ||= own !== null && exceeds(world.riskFrom(own), target.riskMax);
    stream.isCertified = threshold !== null;
    stream.isFraudCertified = own !== null;
  }
  return stream;
}

/** In force only where a threshold for all is. */
const fraudThresholdOf = (guarantee: Guarantee, { fraud }: LabelWorld): number | null =>
  guarantee.threshold === null ? null : (guarantee.labelThresholds[fraud] ?? null);

/** Rounding aside, as in `guarantee-stream.ts`. */
const exceeds = (share: number, max: number): boolean => share > max * (1 + 1e-9);
