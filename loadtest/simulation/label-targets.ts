import { policySchema } from '../../src/config/policy-schema.js';
import { createSeededDraw } from '../../src/distillation/seeded-draw.js';
import { Guarantee } from '../../src/serving/guarantee.js';
import { tableOf } from '../bench/table.js';
import { labelWorld, type FraudTarget, type LabelWorld } from './label-world.js';
import { shareFigure, upperLimit } from './shares.js';
import type { Simulated, SimulationOptions } from './simulated.js';

const target: FraudTarget = { riskMax: 0.03, missMax: 0.03 };
const policy = policySchema.parse({
  riskMax: 0.05,
  delta: 0.1,
  labels: { fraud: { ...target, delta: 0.1 } },
});
const rowsPerStream = 3_000;

/** What of a stream was ever promised too much. */
interface Stream {
  hasRisked: boolean;
  hasMissed: boolean;
  /** At its end something was certified: for all answers, and for `fraud`. */
  isCertified: boolean;
  isFraudCertified: boolean;
}

/** A label with a riskMax and a missMax of its own, from a cold start on. */
export function simulateLabelTargets({ streams, isQuick, command }: SimulationOptions): Simulated {
  const world = labelWorld(target);
  const lived = Array.from({ length: streams }, (_, index) => liveThrough(world, index + 1));
  const count = (has: (stream: Stream) => boolean) => ({
    successes: lived.filter(has).length,
    trials: streams,
  });
  const { delta } = policy.labels['fraud']!;
  const lines = [
    { what: 'true risk of the label above its riskMax', bound: delta / 2, has: 'hasRisked' },
    { what: 'true share missed above its missMax', bound: delta / 2, has: 'hasMissed' },
  ] as const;
  const either = count(({ hasRisked, hasMissed }) => hasRisked || hasMissed);
  const counted = [
    ...lines.map(({ what, bound, has }) => ({ what, bound, of: count((stream) => stream[has]) })),
    { what: 'either', bound: delta, of: either },
  ];
  const share = (has: (stream: Stream) => boolean): string =>
    (count(has).successes / streams).toFixed(2);
  return {
    title: 'Targets of a single label',
    figures: counted.map(({ what, bound, of }) =>
      shareFigure(of, { what: `streams of a label target: ${what}`, bound, isQuick, command }),
    ),
    report: [
      `${streams} streams of ${rowsPerStream} holdout rows through the gateway's own`,
      '`Guarantee`, with a riskMax of 5 % for all answers and, for the label `fraud`, riskMax 3 %',
      'and missMax 3 % with delta 10 %, half of it for each. The student says `fraud` of 30 % of',
      'rows; beyond three quarters of these answers their risk, and beyond half of the others what',
      'they miss, is too high. A stream is violated when that is so at any thresholds in force.',
      `At the end ${share(({ isCertified }) => isCertified)} of the streams have a threshold, and`,
      `${share(({ isFraudCertified }) => isFraudCertified)} one for \`fraud\`.`,
      '',
      tableOf(
        ['violated', 'at most', 'share', 'upper limit'],
        counted.map(({ what, bound, of }) => [
          what,
          bound,
          of.successes / of.trials,
          upperLimit(of),
        ]),
      ),
    ].join('\n'),
  };
}

function liveThrough(world: LabelWorld, seed: number): Stream {
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
  while (drawn < rowsPerStream) {
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
