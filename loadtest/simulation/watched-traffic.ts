import { createSeededDraw } from '../../src/distillation/seeded-draw.js';
import { tableOf } from '../bench/table.js';
import { isRiskAbove } from './guarantee-stream.js';
import { unchanged } from './mixes.js';
import { shareFigure, upperLimit } from './shares.js';
import {
  describeTarget,
  type Simulated,
  type SimulationOptions,
  type Target,
} from './simulated.js';
import { Traffic } from './traffic.js';
import { hardWorlds, type World } from './worlds.js';

/** When inputs are said to have changed, though they have not. */
type FalseDrifts = 'as the watch says' | 'whenever a threshold is certified';

interface Case {
  readonly target: Target;
  readonly world: World;
  readonly falseDrifts: FalseDrifts;
}

interface Outcome {
  /** Streams in which a certificate ever promised too much. */
  readonly violations: number;
  /** Streams in which inputs were ever said to have changed. */
  readonly drifted: number;
  /** The same, and the raised threshold had a true risk above riskMax. */
  readonly raisedTooRisky: number;
  readonly meanCoverage: number;
}

/**
 * Unchanged traffic through the whole guarantee, from a cold start. The watch of the inputs can do
 * harm by a false alarm alone: rows since then are fitted to anew. A watch that rings all the time
 * is the worst that it could be.
 */
export function simulateWatchedTraffic(options: SimulationOptions): Simulated {
  const { isQuick, command } = options;
  const streams = options.streams / (isQuick ? 4 : 1);
  const simulated = casesOf(isQuick).map((one) => ({ ...one, ...liveThrough(one, streams) }));
  return {
    title: 'The whole guarantee in traffic that stays the same',
    figures: simulated.map(({ target, world, falseDrifts, violations }) =>
      shareFigure(
        { successes: violations, trials: streams },
        {
          what:
            `streams ever promised too much, inputs watched, changed ${falseDrifts}, ` +
            `${world.name}, ${describeTarget(target)}`,
          ...{ bound: target.delta, isQuick, command },
        },
      ),
    ),
    report: [
      `${streams} streams a line of 300 / riskMax rows: certificate, tests of the answers,`,
      'watch of the inputs, raised threshold and new fits, as in the gateway. Raised, too much',
      'risk: the raised threshold, which promises nothing, had a true risk above riskMax.',
      '',
      tableOf(
        [
          ...['world', 'target', 'inputs said to have changed', 'violated', 'upper limit'],
          ...['ever said so', 'raised, too much risk', 'mean coverage at the end'],
        ],
        simulated.map(({ target, world, falseDrifts, ...outcome }) => [
          ...[world.name, describeTarget(target), falseDrifts],
          outcome.violations / streams,
          upperLimit({ successes: outcome.violations, trials: streams }),
          ...[outcome.drifted / streams, outcome.raisedTooRisky / streams, outcome.meanCoverage],
        ]),
      ),
    ].join('\n'),
  };
}

const rowsOf = ({ riskMax }: Target): number => 300 / riskMax;

function casesOf(isQuick: boolean): readonly Case[] {
  const target = { riskMax: 0.05, delta: 0.1 };
  const worlds = hardWorlds(target.riskMax).slice(0, 3);
  const ways: readonly FalseDrifts[] = ['as the watch says', 'whenever a threshold is certified'];
  const all = ways.flatMap((falseDrifts) =>
    worlds.map((world) => ({ target, world, falseDrifts })),
  );
  return isQuick ? all.filter(({ world }) => world === worlds[0]) : all;
}

function liveThrough({ target, world, falseDrifts }: Case, streams: number): Outcome {
  const { riskMax } = target;
  let [violations, drifted, raisedTooRisky, coverage] = [0, 0, 0, 0];
  for (let seed = 1; seed <= streams; seed++) {
    const seen = { isViolated: false, hasDrifted: false, isRaisedTooRisky: false };
    const traffic: Traffic = new Traffic({
      ...{ world, target, draw: createSeededDraw(seed), areInputsWatched: true },
      onEvent(event) {
        if (event.kind === 'certificate-won')
          seen.isViolated ||= isRiskAbove(world, event.certificate.threshold, riskMax);
        if (event.kind !== 'inputs-drifted') return;
        seen.hasDrifted = true;
        seen.isRaisedTooRisky ||= isRiskAbove(world, traffic.promise.threshold!, riskMax);
      },
    });
    for (let row = 0; row < rowsOf(target); row++) {
      traffic.pass(unchanged);
      if (falseDrifts !== 'as the watch says' && traffic.guarantee.certified !== null)
        traffic.guarantee.inputsDrifted('Somebody says so.');
    }
    violations += Number(seen.isViolated);
    drifted += Number(seen.hasDrifted);
    raisedTooRisky += Number(seen.isRaisedTooRisky);
    coverage += traffic.servedMass;
  }
  return { violations, drifted, raisedTooRisky, meanCoverage: coverage / streams };
}
