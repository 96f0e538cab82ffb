import { join } from 'node:path';
import type { DatasetRow } from '../../src/distillation/dataset.js';
import { scoreModel } from '../../src/distillation/score-model.js';
import { createSeededDraw, shuffle } from '../../src/distillation/seeded-draw.js';
import { openInlineRunner } from '../../src/model/inline-runner.js';
import type { ModelRunner } from '../../src/model/model-runner.js';
import { readBundle } from '../../src/registry/read-bundle.js';
import { rateLogits, type Calibration } from '../../src/routing/rate-logits.js';
import {
  missingTextData,
  readBanking77,
  readClinc150,
  type TextData,
  type TextRow,
} from '../text-data.js';
import { atLeast, atMost } from './bounded-figure.js';
import type { BenchContext, Measured, Measurement } from './measurement.js';
import { medianOf } from './numbers.js';
import { tableOf } from './table.js';
import { datasetRowOf, trainOnLessons, validationShare } from './train-on-rows.js';

const megabyte = 1_000_000;
const smallSizes = [1000, 2000, 4000] as const;

/** What the embedded trainer makes of two public data sets, by their own labels. */
export const textStudents: Measurement = {
  name: 'text-students',
  question: 'How good are text students, how long do they train, what do they cost to serve?',
  missing: missingTextData,
  async measure(context) {
    const clinc = await measureData(context, await readClinc150(), 0.91);
    const banking = await measureData(context, await readBanking77(), 0.89);
    const head = ['data', 'rows', 'accuracy', 'covered at 5 % errors', 'CPU s', 'MB', 'ms a row'];
    const table = tableOf(head, [...clinc.lines, ...banking.lines]);
    return {
      figures: [...clinc.figures, ...banking.figures],
      report:
        `${table}\n\nRows are drawn from the training file, a tenth to validate; accuracy ` +
        'and coverage are those of the whole test file. Covered: the largest share of the test ' +
        'rows, surest first, of which 5 % are wrong. The time is from text to logits.',
    };
  },
};

type Line = readonly [string, number, number, number, number, number, number];

async function measureData(
  context: BenchContext,
  data: TextData,
  accuracyMin: number,
): Promise<Pick<Measured, 'figures'> & { lines: readonly Line[] }> {
  const { command, isQuick, say } = context;
  const { name } = data.task;
  const sizes = isQuick ? [1000] : [...smallSizes, data.train.length];
  const lines: Line[] = [];
  for (const rows of sizes) {
    say(`${name}, ${rows} rows`);
    const student = await measureStudent(context, data, rows);
    const { accuracy, coverage, seconds, bytes, rowMs } = student;
    lines.push([name, rows, accuracy, coverage, seconds, bytes / megabyte, rowMs]);
  }
  const [, rows, accuracy, , seconds, megabytes, rowMs] = lines.at(-1)!;
  const named = (figure: string, value: number, unit: string) => ({
    figure: `${name}, student of ${rows} rows: ${figure}`,
    ...{ value, unit, command },
  });
  const figures = [
    atLeast(accuracyMin, named('test accuracy', accuracy, 'of 1')),
    atMost(60, named('training, time of one core', seconds, 's')),
    atMost(16, named('size', megabytes, 'MB')),
    atMost(0.3, named('time of a row, median', rowMs, 'ms')),
  ];
  return { figures, lines };
}

/** Trains a student on rows drawn from the training file. */
export async function trainOnRows(
  context: Pick<BenchContext, 'dir'>,
  data: TextData,
  rows: number,
): Promise<{ readonly bundleDir: string; readonly validation: readonly DatasetRow[] }> {
  const drawn = shuffle([...data.train], createSeededDraw(7))
    .slice(0, rows)
    .map(datasetRowOf);
  const validationRows = Math.round(rows * validationShare);
  const validation = drawn.slice(0, validationRows);
  const bundleDir = await trainOnLessons(join(context.dir, `${data.task.name}-${rows}`), {
    ...{ task: data.task, seed: 1, validation },
    train: drawn.slice(validationRows),
  });
  return { bundleDir, validation };
}

async function measureStudent(context: BenchContext, data: TextData, rows: number) {
  const before = process.cpuUsage();
  const { bundleDir } = await trainOnRows(context, data, rows);
  const { user, system } = process.cpuUsage(before);
  const seconds = (user + system) / 1_000_000;

  const bundle = await readBundle(bundleDir);
  const runner = await openInlineRunner({ ...bundle, provider: 'cpu' });
  try {
    const answers = await answer(runner, data.test, bundle.manifest.calibration);
    const right = answers.filter(({ isRight }) => isRight).length;
    return {
      accuracy: right / answers.length,
      coverage: coverageOf(answers, 0.05),
      seconds,
      bytes: bundle.manifest.model.bytes,
      rowMs: await timeRows(runner, data.test),
    };
  } finally {
    await runner.close();
  }
}

interface Answer {
  readonly confidence: number;
  readonly isRight: boolean;
}

async function answer(
  runner: ModelRunner,
  rows: readonly TextRow[],
  calibration: Calibration,
): Promise<Answer[]> {
  const logits = await scoreModel(
    runner,
    rows.map(({ input }) => input),
  );
  return logits.map((row, index) => {
    const { label, confidence } = rateLogits(row, calibration);
    return { confidence, isRight: label === rows[index]!.label };
  });
}

/** Largest share of the answers, surest first, of which at most `riskMax` are wrong. */
function coverageOf(answers: readonly Answer[], riskMax: number): number {
  const surestFirst = [...answers].sort((a, b) => b.confidence - a.confidence);
  let [wrong, covered] = [0, 0];
  surestFirst.forEach(({ isRight }, index) => {
    if (!isRight) wrong++;
    if (wrong <= riskMax * (index + 1)) covered = index + 1;
  });
  return covered / answers.length;
}

/** @returns median ms of a run of one row, text to logits. */
async function timeRows(runner: ModelRunner, rows: readonly TextRow[]): Promise<number> {
  const times: number[] = [];
  for (const [index, { input }] of rows.slice(0, 600).entries()) {
    const startedMs = performance.now();
    await runner.run([input]);
    if (index >= 100) times.push(performance.now() - startedMs);
  }
  return medianOf(times);
}
