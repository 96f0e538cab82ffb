import { createSeededDraw } from '../../src/distillation/seeded-draw.js';
import type { Figure } from '../../src/files/figures-file.js';
import { fitThreshold } from '../../src/routing/threshold.js';
import { atLeast } from '../bench/bounded-figure.js';
import { tableOf } from '../bench/table.js';
import type { Outcome } from './certificates.js';
import { fitBySelection } from './selective-guaranteed-risk.js';
import { shareFigure } from './shares.js';
import {
  describeTarget,
  type Simulated,
  type SimulationOptions,
  type Target,
} from './simulated.js';
import { bestCoverage, hardWorlds, usualWorld, type World } from './worlds.js';

interface Look {
  readonly target: Target;
  readonly world: World;
  readonly rows: number;
  readonly fits: number;
  readonly ours: Outcome;
  readonly theirs: Outcome;
}

/** One look at one set of rows, all of delta on it: fixed sequences beside SGR. */
export function simulateOneLook(options: SimulationOptions): Simulated {
  const { streams, isQuick } = options;
  const targets: readonly Target[] = [
    { riskMax: 0.05, delta: 0.1 },
    ...(isQuick ? [] : [{ riskMax: 0.02, delta: 0.05 }]),
  ];
  const simulated = targets.flatMap((target) =>
    hardWorlds(target.riskMax).flatMap((world, index) =>
      (isQuick ? [30] : [30, 100]).map((errorsAllowed): Look => {
        const rows = Math.round(errorsAllowed / target.riskMax);
        // The test is exact: where it is hardest its share is so near delta that more are needed.
        const fits = index === 0 && errorsAllowed === 30 ? 5 * streams : streams;
        return { target, world, rows, fits, ...lookOnce(world, target, { rows, fits }) };
      }),
    ),
  );
  return {
    title: 'One look: fixed sequences beside SGR',
    figures: simulated.flatMap((look) => figuresOf(look, options)),
    report: [
      `${streams} fits a line (five times as many on the hardest) by \`fitThreshold\`, and by SGR`,
      '(re-derived) on the very same rows, with the whole of delta for one look.',
      '',
      tableOf(
        ['world', 'target', 'rows', 'violated', 'SGR', 'mean coverage', 'SGR', 'possible'],
        simulated.map(({ target, world, rows, fits, ours, theirs }) => [
          world.name,
          describeTarget(target),
          rows,
          ours.violations / fits,
          theirs.violations / fits,
          ours.meanCoverage,
          theirs.meanCoverage,
          bestCoverage(world, target.riskMax),
        ]),
      ),
    ].join('\n'),
  };
}

/** The usual student alone is fit for comparing coverage: the others are made to be refused. */
function figuresOf(
  { target, world, rows, fits, ours, theirs }: Look,
  { isQuick, command }: SimulationOptions,
): readonly Figure[] {
  const where = `${world.name}, ${rows} rows, ${describeTarget(target)}`;
  const count = { successes: ours.violations, trials: fits };
  const violations = shareFigure(count, {
    what: `fits that promise too much, ${where}`,
    ...{ bound: target.delta, isQuick, command },
  });
  if (world.name !== usualWorld(target.riskMax).name) return [violations];
  const coverage = atLeast(1, {
    figure: `coverage certified by fixed sequences against SGR, ${where}`,
    value: ours.meanCoverage / theirs.meanCoverage,
    unit: 'times',
    command,
  });
  return [violations, coverage];
}

function lookOnce(
  world: World,
  target: Target,
  { rows, fits }: { readonly rows: number; readonly fits: number },
): { readonly ours: Outcome; readonly theirs: Outcome } {
  const [ours, theirs] = [createTally(world, target), createTally(world, target)];
  for (let seed = 1; seed <= fits; seed++) {
    const draw = createSeededDraw(seed);
    const masses = Float64Array.from({ length: rows }, () => 1 - draw());
    const confidences = masses.map(world.confidenceAt);
    const disagrees = Array.from(masses, (mass) => draw() < world.riskAt(mass));
    const fit = fitThreshold({ confidences, disagrees, ...target });
    ours.add(fit.kind === 'certified' ? fit.threshold : null);
    theirs.add(fitBySelection({ confidences, disagrees }, target));
  }
  return { ours: ours.outcome(fits), theirs: theirs.outcome(fits) };
}

function createTally({ riskUpTo, massFrom }: World, { riskMax }: Target) {
  let [violations, coverage] = [0, 0];
  return {
    add(threshold: number | null): void {
      if (threshold === null) return;
      const mass = massFrom(threshold);
      violations += Number(riskUpTo(mass) > riskMax * (1 + 1e-9));
      coverage += mass;
    },
    outcome: (fits: number): Outcome => ({ violations, meanCoverage: coverage / fits }),
  };
}
