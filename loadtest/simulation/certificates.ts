import { createSeededDraw } from '../../src/distillation/seeded-draw.js';
import { tableOf } from '../bench/table.js';
import { drawRow, observeRow, openStream } from './guarantee-stream.js';
import { shareFigure, upperLimit } from './shares.js';
import {
  describeTarget,
  type Simulated,
  type SimulationOptions,
  type Target,
} from './simulated.js';
import { bestCoverage, hardWorlds, type World } from './worlds.js';

/** Of a world's streams: how many were promised too much, and what share of traffic was served. */
export interface Outcome {
  readonly violations: number;
  readonly meanCoverage: number;
}

/**
 * The whole life of a student: it starts cold, its threshold is fitted again and again as rows
 * come, and a stream is counted as soon as one certificate promised too much.
 */
export function simulateCertificates(options: SimulationOptions): Simulated {
  const { streams, isQuick, command } = options;
  const simulated = targetsOf(isQuick).flatMap(({ target, worlds }) =>
    worlds.map((world) => ({ target, world, outcome: liveThrough(world, target, streams) })),
  );
  return {
    title: 'Certificates, from a cold start on',
    figures: simulated.map(({ target, world, outcome }) =>
      shareFigure(
        { successes: outcome.violations, trials: streams },
        {
          what: `streams ever promised too much, ${world.name}, ${describeTarget(target)}`,
          ...{ bound: target.delta, isQuick, command },
        },
      ),
    ),
    report: [
      `${streams} streams a line, each through the gateway's own \`Guarantee\`: 30 / riskMax`,
      'holdout rows, a fit whenever one is due, delta spent over the attempts. A stream is',
      'violated when the true risk at any threshold that was ever certified is above riskMax.',
      '',
      tableOf(
        ['world', 'target', 'violated', 'upper limit', 'mean coverage at the end', 'possible'],
        simulated.map(({ target, world, outcome: { violations, meanCoverage } }) => [
          world.name,
          describeTarget(target),
          violations / streams,
          upperLimit({ successes: violations, trials: streams }),
          meanCoverage,
          bestCoverage(world, target.riskMax),
        ]),
      ),
    ].join('\n'),
  };
}

/** The hardest world takes part at each target, all of them at the first. */
function targetsOf(
  isQuick: boolean,
): readonly { readonly target: Target; readonly worlds: readonly World[] }[] {
  const withWorlds = (riskMax: number, delta: number, count: number) => ({
    target: { riskMax, delta },
    worlds: hardWorlds(riskMax).slice(0, count),
  });
  if (isQuick) return [withWorlds(0.05, 0.1, 6)];
  return [
    withWorlds(0.05, 0.1, 6),
    withWorlds(0.02, 0.1, 3),
    withWorlds(0.05, 0.02, 2),
    withWorlds(0.01, 0.05, 1),
  ];
}

function liveThrough(world: World, target: Target, streams: number): Outcome {
  let violations = 0;
  let coverage = 0;
  for (let seed = 1; seed <= streams; seed++) {
    const draw = createSeededDraw(seed);
    const stream = openStream(world, target);
    stream.guarantee.bind('student', []);
    const rows = 30 / target.riskMax;
    while (stream.drawn < rows) observeRow(stream, drawRow(stream, world, { draw }));
    violations += Number(stream.hasViolated);
    const { threshold } = stream.guarantee;
    coverage += threshold === null ? 0 : world.massFrom(threshold);
  }
  return { violations, meanCoverage: coverage / streams };
}
