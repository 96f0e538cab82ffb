import { rmSync } from 'node:fs';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { TimelineEventJson } from '../http/api-types-timeline.js';
import type { DemoPhase } from '../demo/demo-phase.js';
import { tableOf } from '../demo/phase-report.js';
import { tellStory } from '../demo/story.js';
import { InvalidConfigError } from '../errors.js';
import { writeFigures, type Figure } from '../files/figures-file.js';
import { programFile } from '../files/repository-root.js';
import { seedHoldout } from '../replay/seed-holdout.js';
import { startGateway } from '../replay/start-gateway.js';
import { openDigitsDemo } from './demo-digits.js';
import { openReviewsDemo } from './demo-reviews.js';
import type { DemoTask, OpenDemo } from './demo-task.js';
import { createBar, verdictOf } from './distil.js';
import { incomingDirOf, remoteTask } from './task-control.js';
import { withoutSettings } from './without-settings.js';

/** By the name of their task. */
const demos: Readonly<Record<string, OpenDemo>> = {
  digits: openDigitsDemo,
  reviews: openReviewsDemo,
};

export interface DemoOptions {
  readonly keep?: string;
  readonly seed?: string;
}

/** The end of a process is heard of a little later than its connections are cut. */
const endNewsMs = 1_000;

/**
 * `npm run demo`: the whole story of a task, then its table. Every number is measured.
 *
 * @throws {InvalidConfigError} for a task that has no demo, or whose packages are missing.
 */
export async function demo(name: string, options: DemoOptions): Promise<void> {
  const startedMs = performance.now();
  const open = demos[name];
  if (open === undefined)
    throw new InvalidConfigError(
      `There is no demo of "${name}". Known: ${Object.keys(demos).join(', ')}.`,
    );
  const dataDir = options.keep ?? (await mkdtemp(join(tmpdir(), 'understudy-demo-')));
  const ownDir = options.keep === undefined ? dataDir : null;
  await mkdir(dataDir, { recursive: true });
  try {
    const { task, phases } = await tellIn(dataDir, { name, open, ownDir, seed: options.seed });
    console.log(`\n${tableOf(phases)}\n`);
    const seconds = (performance.now() - startedMs) / 1000;
    await tellFigures(task.resultsName, task.figuresOf(phases, seconds));
  } finally {
    if (ownDir !== null) await rm(ownDir, { recursive: true, force: true });
  }
}

/** Starts what the story needs, tells it and stops all of it. */
async function tellIn(
  dataDir: string,
  told: {
    readonly name: string;
    readonly open: OpenDemo;
    /** To clear away when a process ends too early; null: the reader keeps it. */
    readonly ownDir: string | null;
    readonly seed: string | undefined;
  },
) {
  const { name, open, ownDir } = told;
  const env = withoutSettings(process.env);
  const onUnexpectedEnd = (code: number | null): void => endWith(code, ownDir);
  const task = await open({ dataDir, env, onUnexpectedEnd });
  const seed = told.seed ?? task.seed;
  if (seed !== null) await seedHoldout(dataDir, `demo of ${name}, seed ${seed}`);
  const gateway = await startGateway({
    entry: programFile(),
    dataDir,
    env: { ...env, UNDERSTUDY_TASKS: task.taskFile, UNDERSTUDY_LOG_LEVEL: 'warn' },
    onUnexpectedEnd,
  });
  console.log(`A gateway runs at ${gateway.url}; its data is in ${dataDir}`);
  const phases = await tellTask(task, { url: gateway.url, dataDir });
  await gateway.stop();
  await task.close();
  return { task, phases };
}

async function tellTask(
  { config, concurrency, rowsWords, phasesOf, labelByTeacher }: DemoTask,
  { url, dataDir }: { readonly url: string; readonly dataDir: string },
) {
  const incomingDir = incomingDirOf(dataDir, config.name);
  const control = remoteTask(url, { name: config.name, incomingDir, apiKey: null });
  let phasesTold = 0;
  return tellStory({
    url,
    task: config.name,
    phases: await phasesOf(url),
    concurrency,
    labelByTeacher,
    async distil() {
      const bar = createBar();
      const run = await control.distil(bar.show);
      bar.stop();
      console.log(`${verdictOf(run)}\n`);
      return run;
    },
    onPhaseEnd({ title, rows }: DemoPhase, events) {
      console.log(`Phase ${++phasesTold}, ${title}: ${rows.length} ${rowsWords} sent over HTTP`);
      for (const { text } of events.filter(isOfPromise)) console.log(`  ${text}`);
    },
  }).catch(async (error: unknown) => {
    await sleep(endNewsMs); // When the gateway has ended, that is the news, not the cut connection.
    throw error;
  });
}

const promiseEvents = new Set([
  'certificate-won',
  'certificate-lost',
  'inputs-drifted',
  'inputs-settled',
]);
const isOfPromise = ({ kind }: TimelineEventJson): boolean => promiseEvents.has(kind);

async function tellFigures(resultsName: string, figures: readonly Figure[]): Promise<void> {
  await writeFigures(resultsName, figures);
  for (const { figure, value, unit, target, holds } of figures)
    console.log(
      `${holds ? 'holds ' : 'MISSED'}  ${figure}: ${value.toFixed(1)} ${unit} (${target})`,
    );
  if (figures.some(({ holds }) => !holds)) process.exitCode = 1;
}

/** @param ownDir  directory to clear away, or null where the reader wants to keep it. */
function endWith(code: number | null, ownDir: string | null): void {
  if (ownDir !== null) rmSync(ownDir, { recursive: true, force: true });
  console.error(
    `\nA process of the demo ended (${code ?? 'killed'}). Start the demo again: npm run demo`,
  );
  process.exit(1);
}
