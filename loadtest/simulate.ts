import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { figuresDir, writeFigures } from '../src/files/figures-file.js';
import { shown } from './bench/numbers.js';
import { circumstances } from './report.js';
import { simulateCertificates } from './simulation/certificates.js';
import { simulateChangedTraffic } from './simulation/changed-traffic.js';
import { simulateFalseAlarms, simulateRunLength } from './simulation/false-alarms.js';
import { simulateInputDrifts } from './simulation/input-drifts.js';
import { simulateLabelShifts } from './simulation/label-shifts.js';
import { simulateLabelTargets } from './simulation/label-targets.js';
import { simulateOneLook } from './simulation/one-look.js';
import { simulateShifts } from './simulation/shifts.js';
import type { Simulated, SimulationOptions } from './simulation/simulated.js';
import { simulateWatchedTraffic } from './simulation/watched-traffic.js';

/*
 * `npm run simulate`: thousands of seeded streams through the functions and the `Guarantee` that
 * serve, in made-up worlds whose true risk is known. Says whether each promise is kept, and exits
 * with 1 if one is not. `--quick` takes seconds, fails on what is plainly broken, and is not
 * written down.
 */

const { values } = parseArgs({ options: { quick: { type: 'boolean', default: false } } });
const isQuick = values.quick;
const options: SimulationOptions = {
  streams: isQuick ? 200 : 2_000,
  isQuick,
  command: `npm run simulate${isQuick ? ' -- --quick' : ''}`,
};
const parts = [
  simulateCertificates,
  simulateLabelTargets,
  simulateOneLook,
  simulateFalseAlarms,
  simulateRunLength,
  simulateShifts,
  simulateInputDrifts,
  simulateLabelShifts,
  simulateWatchedTraffic,
  simulateChangedTraffic,
];
const answered = parts.map((simulate) => {
  const startedMs = performance.now();
  const simulated = simulate(options);
  console.error(`${simulated.title}: ${((performance.now() - startedMs) / 1000).toFixed(0)} s`);
  console.log(`\n${sectionOf(simulated)}`);
  return simulated;
});
const figures = answered.flatMap((simulated) => simulated.figures);
const missed = figures.filter(({ holds }) => !holds);
console.log(`\n${figures.length} figures, ${missed.length} missed.`);
if (missed.length > 0) process.exitCode = 1;

if (!isQuick) {
  await writeFigures('simulate', figures);
  const where = Object.entries(circumstances()).map(([name, value]) => `${name} ${value}`);
  const report = [
    '# Simulation of the guarantee',
    ...answered.map(sectionOf),
    `Repeat it with \`${options.command}\`. Made with ${where.join(', ')}.`,
  ];
  await writeFile(join(figuresDir(), 'simulate.md'), `${report.join('\n\n')}\n`);
}

function sectionOf({ title, report, figures: own }: Simulated): string {
  const lines = own.map(
    ({ figure, value, unit, target, holds }) =>
      `- ${holds ? 'holds' : '**MISSED**'}: ${figure}: ${shown(value)} ${unit} (${target})`,
  );
  return [`## ${title}`, report, ...(lines.length > 0 ? [lines.join('\n')] : [])].join('\n\n');
}
