import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { figuresDir, writeFigures, type Figure } from '../src/files/figures-file.js';
import { decision } from './bench/decision.js';
import { batchesDigits, batchesEncoder } from './bench/batches.js';
import { captureSpeed } from './bench/capture.js';
import { compress } from './bench/compress.js';
import { mergeSections, sectionOf } from './bench/bench-report.js';
import { distillationHelps } from './bench/distillation-helps.js';
import { faultTable } from './bench/fault-table.js';
import { eventLoopEncoder, eventLoopTeacher } from './bench/event-loop.js';
import { generatorCheck } from './bench/generator-check.js';
import { loneDigits, loneEncoder } from './bench/lone-request.js';
import type { Measurement } from './bench/measurement.js';
import { microBatching } from './bench/micro-batching.js';
import { outOfScopeImages } from './bench/out-of-scope-images.js';
import { outOfScope } from './bench/out-of-scope.js';
import { overloadDigits, overloadEncoder } from './bench/overload.js';
import { runTexts } from './bench/run-10k-texts.js';
import { scenarios } from './bench/scenarios.js';
import { servingBesideTraining } from './bench/serving-beside-training.js';
import { single } from './bench/single.js';
import { softLabels } from './bench/soft-labels.js';
import { start } from './bench/start.js';
import { swaps } from './bench/swaps.js';
import { textStudents } from './bench/text-students.js';
import { transfer } from './bench/transfer.js';
import { trainerSpeed } from './bench/trainer-speed.js';
import { startGenerator } from './generator.js';

/*
 * `npm run bench`: every question about speed, one after the other, each with its target. Servers
 * are started and stopped here; what is compared is measured in turn. `--only a,b` asks some of
 * them; `--quick` is a short look, which is printed and not written down.
 */

const measurements: readonly Measurement[] = [
  ...[generatorCheck, single, batchesDigits, batchesEncoder, microBatching],
  ...[loneDigits, loneEncoder, scenarios, start],
  ...[swaps, overloadEncoder, overloadDigits, eventLoopEncoder, eventLoopTeacher],
  ...[textStudents, outOfScope, outOfScopeImages, decision, compress],
  ...[distillationHelps, softLabels],
  ...[trainerSpeed, servingBesideTraining, runTexts, faultTable, captureSpeed, transfer],
];
const { isQuick, chosen } = readArguments();
const dir = await mkdtemp(join(tmpdir(), 'understudy-bench-'));
const generator = startGenerator();
const figures: Figure[] = [];
try {
  for (const measurement of chosen) figures.push(...(await answer(measurement)));
} finally {
  await generator.stop();
  await rm(dir, { recursive: true, force: true });
}
console.log(`\n${figures.length} figures, ${figures.filter(({ holds }) => !holds).length} missed.`);

async function answer(measurement: Measurement): Promise<readonly Figure[]> {
  const { name, question, missing, measure } = measurement;
  const command = `npm run bench -- --only ${name}${isQuick ? ' --quick' : ''}`;
  const say = (text: string): void => console.error(`${name}: ${text}`);
  console.error(`\n${name}: ${question}`);
  const lacking = missing?.() ?? null;
  if (lacking !== null) {
    console.log(`\n${name}: SKIPPED. ${lacking}`);
    return [];
  }
  try {
    const measured = await measure({ generator, isQuick, dir, command, say });
    const section = sectionOf({ ...measured, question, command });
    console.log(`\n${section}`);
    if (!isQuick) {
      await writeFigures(`bench-${name}`, measured.figures);
      await addToReport(section);
    }
    return measured.figures;
  } catch (error) {
    console.error(`${name} could not be measured: ${String(error)}`);
    process.exitCode = 1;
    return [];
  }
}

async function addToReport(section: string): Promise<void> {
  const path = join(figuresDir(), 'bench.md');
  const existing = existsSync(path) ? await readFile(path, 'utf8') : '';
  await writeFile(path, mergeSections(existing, [section]));
}

function readArguments(): { isQuick: boolean; chosen: readonly Measurement[] } {
  try {
    const { values } = parseArgs({
      options: { quick: { type: 'boolean', default: false }, only: { type: 'string' } },
    });
    const names = values.only?.split(',') ?? measurements.map(({ name }) => name);
    return { isQuick: values.quick, chosen: names.map(measurementOf) };
  } catch (error) {
    return refuse((error as Error).message);
  }
}

function measurementOf(name: string): Measurement {
  return measurements.find((measurement) => measurement.name === name) ?? refuse(`No "${name}".`);
}

function refuse(problem: string): never {
  const names = measurements.map(({ name }) => name).join(',');
  console.error(`${problem}\nUse: npm run bench -- [--quick] [--only ${names}]`);
  process.exit(1);
}
