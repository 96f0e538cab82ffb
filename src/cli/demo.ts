import { rmSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { TaskConfig } from '../config/task-config.js';
import { settings } from '../config/settings.js';
import { teacherOf } from '../config/teacher-schema.js';
import { tableOf, type PhaseReport } from '../demo/phase-report.js';
import { startGateway } from '../replay/start-gateway.js';
import { tellStory } from '../demo/story.js';
import { openModel } from '../demo/open-model.js';
import { writeFigures, type Figure } from '../files/figures-file.js';
import { repositoryRoot } from '../files/repository-root.js';
import { createBar, verdictOf } from './distil.js';
import { loadSettings } from './load-settings.js';
import { incomingDirOf, remoteTask } from './task-control.js';

const phaseCount = 3;
/** Enough to keep the gateway busy, few enough that callers wait for answers and not in queues. */
const concurrency = 4;
const secondsMax = 180;
const shareRisePointsMin = 30;
/** The end of a process is heard of a little later than its connections are cut. */
const endNewsMs = 1_000;

/**
 * `npm run demo`: the whole story on the built-in task, then its table. Every number is measured.
 */
export async function demo(options: { keep?: string }): Promise<void> {
  const startedMs = performance.now();
  const root = repositoryRoot();
  const taskFile = join(root, 'models', 'digits', 'task.yaml');
  const env = { ...withoutSettings(process.env), UNDERSTUDY_TASKS: taskFile };
  const { sources } = loadSettings({ file: undefined, flags: { UNDERSTUDY_TASKS: taskFile } });
  const { config } = sources[0]!;
  const dataDir = options.keep ?? (await mkdtemp(join(tmpdir(), 'understudy-demo-')));
  const teacher = await openModel(join(dirname(taskFile), bundleOf(config)));
  const gateway = await startGateway({
    entry: join(root, 'dist', 'src', 'main.js'),
    dataDir,
    env: { ...env, UNDERSTUDY_LOG_LEVEL: 'warn' },
    onUnexpectedEnd: (code) => endWith(code, options.keep === undefined ? dataDir : null),
  });
  console.log(`A gateway runs at ${gateway.url}; its data is in ${dataDir}`);

  const task = remoteTask(gateway.url, {
    name: config.name,
    incomingDir: incomingDirOf(dataDir, config.name),
    apiKey: null,
  });
  const phases = await tellStory({
    url: gateway.url,
    task: config.name,
    phaseCount,
    concurrency,
    async labelByTeacher(inputs) {
      const images = inputs.map((input) => Buffer.from(input, 'base64'));
      return (await teacher.label(images)).map(({ label }) => config.labels[label]!);
    },
    async distil() {
      const bar = createBar();
      const run = await task.distil(bar.show);
      bar.stop();
      console.log(`${verdictOf(run)}\n`);
      return run;
    },
    onAnswer: ({ phase, done, rows }) => {
      if (done === rows) console.log(`Phase ${phase + 1}: ${rows} real digits sent over HTTP`);
    },
  }).catch(async (error: unknown) => {
    await sleep(endNewsMs); // When the gateway has ended, that is the news, not the cut connection.
    throw error;
  });
  await gateway.stop();
  await teacher.close();
  if (options.keep === undefined) await rm(dataDir, { recursive: true });

  console.log(`\n${tableOf(phases)}\n`);
  const seconds = (performance.now() - startedMs) / 1000;
  const figures = figuresOf(phases, { riskMax: config.policy.riskMax, seconds });
  await writeFigures('demo', figures);
  for (const { figure, value, unit, target, holds } of figures)
    console.log(
      `${holds ? 'holds ' : 'MISSED'}  ${figure}: ${value.toFixed(1)} ${unit} (${target})`,
    );
  if (figures.some(({ holds }) => !holds)) process.exitCode = 1;
}

function bundleOf(config: TaskConfig): string {
  const teacher = teacherOf(config);
  if (teacher.kind === 'onnx') return teacher.bundle;
  throw new TypeError('The demo asks the built-in teacher, a local model.');
}

function figuresOf(
  phases: readonly PhaseReport[],
  { riskMax, seconds }: { riskMax: number; seconds: number },
): Figure[] {
  const rise = (phases.at(-1)!.studentShare - phases[0]!.studentShare) * 100;
  const agreements = phases.flatMap(({ agreement }) => agreement?.estimate ?? []);
  const lowest = Math.min(...agreements) * 100;
  const agreementMin = (1 - riskMax) * 100;
  const command = 'npm run demo';
  return [
    {
      figure: "rise of the student's share from the first phase to the last",
      value: rise,
      unit: 'points',
      target: `at least ${shareRisePointsMin}`,
      holds: rise >= shareRisePointsMin,
      command,
    },
    {
      figure: 'lowest agreement of student answers with the teacher in a phase',
      value: lowest,
      unit: '%',
      target: `at least ${agreementMin.toFixed(1)}`,
      holds: agreements.length > 0 && lowest >= agreementMin,
      command,
    },
    {
      figure: 'time of the whole demo',
      value: seconds,
      unit: 's',
      target: `under ${secondsMax}`,
      holds: seconds < secondsMax,
      command,
    },
  ];
}

/** The demo is the same whatever the reader's own gateway is set to. */
const withoutSettings = (env: NodeJS.ProcessEnv): NodeJS.ProcessEnv =>
  Object.fromEntries(Object.entries(env).filter(([name]) => !isSetting(name)));

const isSetting = (name: string): boolean =>
  name.startsWith('UNDERSTUDY_') || settings.some(({ env }) => env === name);

/** @param ownDataDir  directory to clear away, or null where the reader wants to keep it. */
function endWith(code: number | null, ownDataDir: string | null): void {
  if (ownDataDir !== null) rmSync(ownDataDir, { recursive: true, force: true });
  console.error(
    `\nThe demo's gateway ended (${code ?? 'killed'}). Start the demo again: npm run demo`,
  );
  process.exit(1);
}
