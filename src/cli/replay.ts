import { existsSync } from 'node:fs';
import { mkdtemp, readdir, rm, rmdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, extname, join, resolve } from 'node:path';
import { InvalidConfigError } from '../errors.js';
import { makeDirectory } from '../files/make-directory.js';
import { programFile } from '../files/repository-root.js';
import { eventLine } from '../replay/fold-events.js';
import { ReplayFailedError } from '../replay/replay-failed-error.js';
import type { ReplayEvent } from '../replay/replayed-row.js';
import { chartOf } from '../replay/report-chart.js';
import { replayFile, type ReplayOptions as FileReplayOptions } from '../replay/replay-file.js';
import { planReplay, type ReplayPlan } from '../replay/plan-replay.js';
import { reportReplay, type ReplayReport } from '../replay/replay-report.js';
import { routingTable, windowTable } from '../replay/replay-tables.js';
import { markdownOf } from '../replay/report-markdown.js';
import { plainTable } from '../report/table.js';
import { percentSet } from '../task/percent.js';
import { readTask } from './load-settings.js';
import { endOnSignal } from './end-on-signal.js';
import { withoutSettings } from './without-settings.js';

/** As the command line has them: texts. */
export interface ReplayOptions {
  readonly task?: string;
  readonly warm?: boolean;
  readonly teacher?: string;
  readonly inputColumn?: string;
  readonly labelColumn?: string;
  readonly rows: string;
  readonly shuffle: boolean;
  readonly seed: string;
  readonly seeds: string;
  readonly windows: string;
  readonly risk?: string;
  readonly delta?: string;
  readonly price?: string;
  readonly out?: string;
}

/** `understudy replay <dataset>`: a labelled file as traffic, through a gateway of its own. */
export async function replay(file: string, options: ReplayOptions): Promise<void> {
  const task = options.task === undefined ? null : readTask(options.task);
  const firstSeed = whole('seed', options.seed, 0);
  const seeds = Array.from({ length: whole('seeds', options.seeds, 1) }, (_, k) => firstSeed + k);
  const out = resolve(options.out ?? `replay-${nameOf(file)}-${stampOf(new Date())}`);
  const isNew = await openReports(out, seeds);
  const reports: ReplayReport[] = [];
  for (const seed of seeds) {
    const workDir = await mkdtemp(join(tmpdir(), 'understudy-replay-'));
    const ending = endOnSignal(workDir);
    ending.signal.addEventListener('abort', () =>
      console.error('\nInterrupted: nothing is saved of this seed. Fewer --rows end sooner.'),
    );
    try {
      const plan = await planReplay({
        file,
        task,
        workDir,
        seed,
        isWarm: options.warm === true,
        teacher: teacherOf(options.teacher),
        inputColumn: options.inputColumn ?? null,
        labelColumn: options.labelColumn ?? null,
        rowsMax: whole('rows', options.rows, 1),
        isShuffled: options.shuffle,
        riskMax: share('risk', options.risk),
        delta: share('delta', options.delta),
        costPerRowUsd: options.price === undefined ? null : number('price', options.price),
      });
      const report = await replayOnce(plan, {
        ...{ seed, workDir, file: basename(file), signal: ending.signal },
        windows: whole('windows', options.windows, 1),
      });
      await writeReport(out, report);
      reports.push(report);
    } catch (error) {
      await ending.quiet();
      if (isNew) await rmdir(out).catch(() => {}); // Of no use while it is empty.
      if (!(error instanceof ReplayFailedError)) throw error;
      console.error(error.message);
      process.exitCode = 1;
      return;
    } finally {
      ending.close();
      await rm(workDir, { recursive: true, force: true });
    }
  }
  if (reports.length > 1) console.log(`\nAll seeds\n\n${plainTable(seedTable(reports))}`);
  console.log(`\nSaved in ${out}`);
}

/**
 * @returns whether the directory was not there.
 * @throws {InvalidConfigError} where a report would take the place of another.
 */
async function openReports(out: string, seeds: readonly number[]): Promise<boolean> {
  const isNew = !existsSync(out);
  await makeDirectory(out);
  const names = new Set(seeds.map((seed) => `${nameOfReport(seed)}.json`));
  const there = (await readdir(out)).find((name) => names.has(name));
  if (there === undefined) return isNew;
  throw new InvalidConfigError(
    `${join(out, there)} is there already, and would be written over. Name another --out.`,
  );
}

const nameOfReport = (seed: number): string => `seed-${seed}`;

async function replayOnce(
  plan: ReplayPlan,
  about: { seed: number; workDir: string; file: string; windows: number; signal: AbortSignal },
): Promise<ReplayReport> {
  const { seed, workDir, file, windows, signal } = about;
  const { how, riskMax, delta } = plan;
  console.log(`\nReplay of ${file}, seed ${seed}\n${how.map((line) => `  ${line}`).join('\n')}\n`);
  const replayed = await replayFile({
    ...plan,
    ...{ seed, workDir, signal, windows },
    entry: programFile(),
    env: withoutSettings(process.env),
    ...progressOf(plan.rows.length, windows),
  });
  const report = reportReplay({ file, how, riskMax, delta, windows, seed }, replayed);
  console.log(`\n${plainTable(windowTable(report))}\n\n${plainTable(routingTable(report))}`);
  return report;
}

/** Says what is going on: a line a window, and what happens between. */
function progressOf(
  rows: number,
  windows: number,
): Pick<FileReplayOptions, 'onMark' | 'onRun' | 'onEvent'> {
  let windowsSaid = 0;
  let runSaid = '';
  let eventSaid: ReplayEvent | undefined;
  return {
    onMark({ rows: sent, teacherRows, threshold }) {
      const window = Math.floor((sent * windows) / rows);
      if (window === windowsSaid) return;
      windowsSaid = window;
      const state = threshold === null ? 'nothing certified' : `threshold ${threshold.toFixed(3)}`;
      console.log(`${sent} of ${rows} rows: ${teacherRows} teacher rows so far, ${state}`);
    },
    onRun({ id, trigger }) {
      if (id === runSaid) return;
      runSaid = id;
      console.log(`  a distillation run (by ${trigger}): the stream waits for its end`);
    },
    onEvent(event) {
      if (event.kind === 'run-started') return;
      const line = eventLine(event, eventSaid);
      if (line !== null) console.log(`  ${line}`);
      eventSaid = event;
    },
  };
}

async function writeReport(out: string, report: ReplayReport): Promise<void> {
  const name = nameOfReport(report.seed);
  const { replayed, routings, ...rest } = report;
  const { marks, events } = replayed;
  const short = routings.map((routing) => ({ ...routing, isByStudent: undefined }));
  await writeFile(join(out, `${name}.svg`), chartOf(report));
  await writeFile(join(out, `${name}.md`), markdownOf(report, `${name}.svg`));
  const json = { ...rest, routings: short, marks, events };
  await writeFile(join(out, `${name}.json`), `${JSON.stringify(json, null, 2)}\n`);
  const rows = replayed.rows.map((row) => JSON.stringify(row));
  await writeFile(join(out, `${name}-rows.jsonl`), `${rows.join('\n')}\n`);
}

function seedTable(reports: readonly ReplayReport[]): string[][] {
  return [
    [
      'seed',
      'student answers',
      'of them different',
      'accuracy',
      'balanced',
      'teacher rows',
      'last window',
    ],
    ...reports.map(({ seed, total, byWindow, routings }) => [
      String(seed),
      percentSet(Math.round(total.studentShare * 1000) / 1000),
      percentSet(Math.round(routings[0]!.disagreement * 1000) / 1000),
      percentSet(Math.round(total.accuracy * 1000) / 1000),
      percentSet(Math.round(total.balancedAccuracy * 1000) / 1000),
      String(total.teacherRows),
      percentSet(Math.round(byWindow.at(-1)!.studentShare * 1000) / 1000),
    ]),
  ];
}

const nameOf = (file: string): string => basename(file, extname(file));
const stampOf = (date: Date): string =>
  date.toISOString().slice(0, 19).replaceAll(':', '').replace('T', '-');

function teacherOf(value = 'configured'): 'labels' | 'configured' {
  if (value === 'labels' || value === 'configured') return value;
  throw new InvalidConfigError(`--teacher must be labels or configured, got ${value}.`);
}

function number(name: string, value: string): number {
  const parsed = Number(value);
  if (value.trim() !== '' && parsed >= 0) return parsed;
  throw new InvalidConfigError(`--${name} must be a number from 0, got ${value}.`);
}

function whole(name: string, value: string, min: number): number {
  const parsed = Number(value);
  if (value.trim() !== '' && Number.isInteger(parsed) && parsed >= min) return parsed;
  throw new InvalidConfigError(`--${name} must be a whole number from ${min}, got ${value}.`);
}

function share(name: string, value: string | undefined): number | null {
  if (value === undefined) return null;
  const parsed = Number(value);
  if (parsed > 0 && parsed < 1) return parsed;
  throw new InvalidConfigError(`--${name} must be a share between 0 and 1, got ${value}.`);
}
