import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { figuresDir, type Figure } from '../src/files/figures-file.js';

/* `npm run figures`: every figure that a command of this repository has measured, misses first. */

const figures = readdirSync(figuresDir())
  .filter((file) => file.endsWith('.json'))
  .flatMap((file) => JSON.parse(readFileSync(join(figuresDir(), file), 'utf8')) as Figure[]);
const missesFirst = [...figures].sort((a, b) => Number(a.holds) - Number(b.holds));

for (const { figure, value, unit, target, holds, command } of missesFirst) {
  const shown = `${Number(value.toPrecision(4))} ${unit}`;
  console.log(`${holds ? 'holds ' : 'MISSED'}  ${figure}: ${shown} (${target})   [${command}]`);
}
const missed = figures.filter(({ holds }) => !holds).length;
console.log(`${figures.length} figures, ${missed} missed.`);
