import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { digitsTask } from '../src/demo/digits-split.js';
import { createSeededDraw } from '../src/distillation/seeded-draw.js';
import { figuresDir, writeFigures } from '../src/files/figures-file.js';
import { repositoryRoot } from '../src/files/repository-root.js';
import type { AnswerJson } from '../src/http/api-types.js';
import { readLabelledImages } from '../src/task/labelled-images.js';
import { runOpenLoop } from './open-loop.js';
import { markdownOf, ms } from './report.js';

/*
 * `npm run loadtest`: the digits stream against a running gateway.
 * Question: how long do callers wait, by who answers, at a given rate of arrivals?
 */

const { values } = readArguments();
const ratePerSecond = atLeast(1, 'rate');
const command = `npm run loadtest -- --rate ${values.rate} --seconds ${values.seconds}`;
/** A generator later than this, ms at the 99th percentile, measures itself. */
const latenessMsMax = 5;

const stream = await readLabelledImages(
  join(repositoryRoot(), 'models', 'digits', 'data', 'stream.parquet'),
  digitsTask,
);
const result = await runOpenLoop({
  url: `${values.url}/v1/tasks/digits/predict`,
  bodies: stream.map(({ image }) =>
    Buffer.from(JSON.stringify({ input: Buffer.from(image).toString('base64') })),
  ),
  ratePerSecond,
  warmUpSeconds: atLeast(0, 'warm-up'),
  seconds: atLeast(1, 'seconds'),
  timeoutMs: 10_000,
  connectionsMax: 256,
  draw: createSeededDraw(1),
  groupOf: (body) => (JSON.parse(body) as AnswerJson).route,
});

const report = markdownOf('Digits, open loop', { ratePerSecond, command }, result);
console.log(report);
const latenessMs = Number(ms(result.latenessUs, 99));
const failed = result.sent - result.answered;
await writeFigures('loadtest-digits', [
  {
    figure: `requests without an answer at ${ratePerSecond} a second`,
    value: failed,
    unit: `of ${result.sent}`,
    target: 'none',
    holds: failed === 0 && result.sent > 0,
    command,
  },
  {
    figure: 'lateness of the load generator, 99th percentile',
    value: latenessMs,
    unit: 'ms',
    target: `at most ${latenessMsMax}, or the latencies are the generator's`,
    holds: latenessMs <= latenessMsMax,
    command,
  },
]);
await writeFile(join(figuresDir(), 'loadtest-digits.md'), report);
if (failed > 0 || result.sent === 0) process.exitCode = 1;

function readArguments() {
  try {
    return parseArgs({
      options: {
        url: { type: 'string', default: 'http://localhost:8080' },
        rate: { type: 'string', default: '200' },
        seconds: { type: 'string', default: '20' },
        'warm-up': { type: 'string', default: '3' },
      },
    });
  } catch (error) {
    return refuse((error as Error).message);
  }
}

function atLeast(min: number, name: 'rate' | 'seconds' | 'warm-up'): number {
  const number = Number(values[name]);
  if (Number.isFinite(number) && number >= min) return number;
  return refuse(`--${name} must be a number of at least ${min}, got "${values[name]}".`);
}

function refuse(problem: string): never {
  console.error(`${problem}\nUse: npm run loadtest -- [--url URL] [--rate N] [--seconds N]`);
  process.exit(1);
}
