import { join } from 'node:path';
import { digitsTask, loadDigitsSplit } from '../../src/demo/digits-split.js';
import { openModel } from '../../src/demo/open-model.js';
import type { DatasetRow } from '../../src/distillation/dataset.js';
import { createSeededDraw, shuffle } from '../../src/distillation/seeded-draw.js';
import { repositoryRoot } from '../../src/files/repository-root.js';
import { surestClass } from '../../src/routing/confidence.js';
import type { LabelledImage } from '../../src/task/labelled-images.js';
import { atLeast } from './bounded-figure.js';
import type { BenchContext, Measurement } from './measurement.js';
import { tableOf } from './table.js';
import { datasetRowOf, scoreBundle, trainOnLessons, validationShare } from './train-on-rows.js';

const labelledRows = 300;
const taughtRows = 6_000;
const gapClosedMin = 0.8;
const seeds = [1, 2, 3, 4, 5] as const;
/** As the task says: a digit moved by a pixel is the same digit. All students are taught so. */
const shiftPixels = 1;

const students = ['distilled', 'teacher’s labels', 'labelled rows alone'] as const;
type Student = (typeof students)[number];

/** Hinton et al. 2015, section 3, on the digits at hand. */
export const distillationHelps: Measurement = {
  name: 'distillation-helps',
  question: 'How much of the gap between few labels and the teacher does distillation close?',
  async measure(context) {
    const rows = await readRows();
    const chosen = context.isQuick ? seeds.slice(0, 1) : seeds;
    const lines: (readonly [number, ...number[]])[] = [];
    for (const seed of chosen) {
      const errors = await errorsOf(context, rows, seed);
      lines.push([seed, ...students.map((student) => errors[student]), rows.teacherErrors]);
    }
    const sum = (column: number): number => lines.reduce((total, line) => total + line[column]!, 0);
    const [distilled, argmax, alone, teacher] = [sum(1), sum(2), sum(3), sum(4)];
    const closed = (errors: number): number => (alone - errors) / (alone - teacher);
    const count = rows.test.length;
    return {
      figures: [
        atLeast(gapClosedMin, {
          figure: `digits, ${chosen.length} seeds: gap to the teacher that distillation closes`,
          ...{ value: closed(distilled), unit: 'of 1', command: context.command },
        }),
      ],
      report: [
        `Errors of ${count} digits that nothing was trained on. The student is the embedded`,
        'trainer’s usual one (MLP 784-128-10), its settings the usual ones, searched for nothing.',
        `Labelled rows: ${labelledRows}, by people. The other two learn ${taughtRows} more that`,
        'the teacher has labelled, 4 500 of them new to it; a tenth stops them early.',
        '‘Distilled’ has its distributions, ‘teacher’s labels’ its first choices alone.',
        '',
        tableOf(['seed', ...students, 'teacher'], lines),
        '',
        `Of the gap, the teacher’s labels alone close ${(100 * closed(argmax)).toFixed(1)} %, its`,
        `distributions ${(100 * closed(distilled)).toFixed(1)} %.`,
      ].join('\n'),
    };
  },
};

interface Rows {
  /** What the teacher has learnt, with what it says. */
  readonly old: readonly Taught[];
  /** What it has not. */
  readonly fresh: readonly Taught[];
  readonly test: readonly LabelledImage[];
  readonly teacherErrors: number;
}
interface Taught {
  readonly truth: DatasetRow;
  readonly told: DatasetRow;
}

async function readRows(): Promise<Rows> {
  const split = loadDigitsSplit();
  const test = [...split.test, ...split.golden];
  const teacher = await openModel(join(repositoryRoot(), 'models', 'digits', 'teacher'));
  try {
    const taught = async (rows: readonly LabelledImage[]): Promise<Taught[]> => {
      const told = await teacher.label(rows.map(({ image }) => image));
      return rows.map(({ image: input, label }, index) => ({
        truth: datasetRowOf({ input, label }, index),
        told: datasetRowOf({ input, ...told[index]! }, index),
      }));
    };
    const answers = await teacher.label(test.map(({ image }) => image));
    return {
      old: await taught(split.teacherTraining),
      fresh: await taught(split.stream),
      test,
      teacherErrors: test.filter(({ label }, index) => answers[index]!.label !== label).length,
    };
  } finally {
    await teacher.close();
  }
}

async function errorsOf(
  { dir, say }: BenchContext,
  { old, fresh, test }: Rows,
  seed: number,
): Promise<Readonly<Record<Student, number>>> {
  const drawn = shuffle([...old], createSeededDraw(seed));
  const labelled = drawn.slice(0, labelledRows).map(({ truth }) => truth);
  const rest = drawn.slice(labelledRows, labelledRows + taughtRows - fresh.length);
  const taught = shuffle([...fresh, ...rest], createSeededDraw(seed)).map(({ told }) => told);
  const labels = taught.map((row) => ({ ...row, probabilities: null }));
  const validationRows = Math.round(validationShare * taughtRows);
  const errors: Partial<Record<Student, number>> = {};
  for (const student of students) {
    say(`seed ${seed}, ${student}`);
    const rows = { distilled: taught, 'teacher’s labels': labels, 'labelled rows alone': [] };
    const bundleDir = await trainOnLessons(
      join(dir, `digits-${seed}-${students.indexOf(student)}`),
      {
        ...{ task: digitsTask, seed, shiftPixels },
        train: [...labelled, ...rows[student].slice(validationRows)],
        validation: rows[student].slice(0, validationRows),
      },
    );
    const inputs = test.map(({ image }) => image);
    const logits = await scoreBundle(bundleDir, inputs);
    const isWrong = (row: Float32Array, index: number): boolean =>
      surestClass(row, 1).label !== test[index]!.label;
    errors[student] = logits.filter(isWrong).length;
  }
  return errors as Record<Student, number>;
}
