import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { stringify } from 'yaml';
import { createSeededDraw, shuffle } from '../../src/distillation/seeded-draw.js';
import type { RunJson } from '../../src/http/api-types.js';
import { childrenOf, missingProcesses, peakBytesOf } from '../child-processes.js';
import { missingTextData, readClinc150, type TextData } from '../text-data.js';
import { atLeast, atMost } from './bounded-figure.js';
import { startGateway, type BenchGateway } from './gateway.js';
import type { BenchContext, Measurement } from './measurement.js';
import { shown } from './numbers.js';
import { tableOf } from './table.js';

/** Of them a tenth is held out, and a tenth of the rest validates: 10 000 are left to learn. */
const rows = 12_450;
const heldOut = 0.1;
/** A look has few rows, and needs enough of them to judge by. */
const quick = { rows: 1_500, heldOut: 0.3 } as const;
const secondsMax = 60;
const megabyte = 1_000_000;
const megabytesMax = 1_000;
const task = '/v1/tasks/clinc150';

/** A whole run of a gateway, from the request for it to its end, on texts of 150 classes. */
export const runTexts: Measurement = {
  name: 'run-10k-texts',
  question: 'How long does a run on 10 000 texts take, search included, and how much memory?',
  missing: () => missingTextData() ?? missingProcesses(),
  async measure(context) {
    const data = await readClinc150();
    const size = context.isQuick ? quick : { rows, heldOut };
    const tasks = await writeTask(join(context.dir, 'clinc150'), data, size.heldOut);
    const gateway = await startGateway({ dataDir: join(context.dir, 'texts'), tasks });
    try {
      const sent = shuffle([...data.train], createSeededDraw(1)).slice(0, size.rows);
      for (let first = 0; first < sent.length; first += 50)
        await gateway.post(`${task}/predict`, {
          inputs: sent.slice(first, first + 50).map(({ input }) => textOf(input)),
        });
      return answerOf(await timeRun(context, gateway), context.command);
    } finally {
      await gateway.stop();
    }
  },
};

interface TimedRun {
  readonly run: RunJson;
  readonly seconds: number;
  readonly peakBytes: number;
  /** When each stage was first seen, s after the start. */
  readonly stages: ReadonlyMap<string, number>;
}

async function timeRun({ say }: BenchContext, gateway: BenchGateway): Promise<TimedRun> {
  const startedMs = performance.now();
  const elapsed = (): number => (performance.now() - startedMs) / 1000;
  let run = await gateway.post<RunJson>(`${task}/distillations`, {});
  const stages = new Map<string, number>();
  let peakBytes = 0;
  while (run.state === 'running') {
    peakBytes = Math.max(peakBytes, ...childrenOf(gateway.pid).map(peakBytesOf));
    if (!stages.has(run.stage)) say(run.stage);
    if (!stages.has(run.stage)) stages.set(run.stage, elapsed());
    await sleep(50);
    run = await gateway.get<RunJson>(`${task}/distillations/${run.id}`);
  }
  return { run, seconds: elapsed(), peakBytes, stages };
}

function answerOf({ run, seconds, peakBytes, stages }: TimedRun, command: string) {
  const { evaluation, dataset, state, reasons } = run;
  if (evaluation === null || dataset == null)
    throw new Error(`The run was not judged, it is ${state}: ${reasons.join(' ')}`);
  const trials = evaluation.training?.trials ?? [];
  const moments = [...stages, ['end', seconds] as const];
  const named = `a run on ${dataset.trainingRows} texts, 150 classes`;
  return {
    figures: [
      atMost(secondsMax, { figure: `${named}: time`, value: seconds, unit: 's', command }),
      atMost(megabytesMax, {
        figure: `${named}: most memory of its process`,
        ...{ value: peakBytes / megabyte, unit: 'MB', command },
      }),
      atLeast(2, {
        figure: `${named}: settings that its search tried`,
        ...{ value: new Set(trials.map(({ settings }) => settings)).size, unit: 'settings' },
        command,
      }),
    ],
    report: [
      `CLINC150, ${dataset.trainingRows} rows to train on, ${dataset.validationRows} to validate`,
      `by; the run was ${state}. Agreement with the labels on rows held out:`,
      `${shown(evaluation.agreement.estimate)}. The usual settings of a task; wall clock, from the`,
      'request for the run to its end.',
      '',
      tableOf(
        ['stage', 's'],
        moments.slice(0, -1).map(([name, at], index) => [name, moments[index + 1]![1] - at]),
      ),
      '',
      tableOf(
        ['settings tried', 'share of a training', 's'],
        trials.map((trial) => [trial.settings, trial.share, trial.seconds]),
      ),
    ].join('\n'),
  };
}

/** A task whose teacher is the file of labels. @returns its file. */
async function writeTask(
  dir: string,
  { task: spec, train }: TextData,
  coldHoldoutRate: number,
): Promise<string> {
  await mkdir(dir, { recursive: true });
  const lines = train.map(({ input, label }) =>
    JSON.stringify({ text: textOf(input), label: spec.labels[label] }),
  );
  await writeFile(join(dir, 'labels.jsonl'), lines.join('\n'));
  const path = join(dir, 'task.yaml');
  const { name, title, input, labels } = spec;
  const teacher = { kind: 'labels', name: 'labels', file: './labels.jsonl', costPerRowUsd: 0 };
  const policy = { riskMax: 0.05, delta: 0.1, coldHoldoutRate };
  await writeFile(path, stringify({ name, title, input, labels, teacher, policy }));
  return path;
}

const textOf = (input: Uint8Array): string => Buffer.from(input).toString('utf8');
