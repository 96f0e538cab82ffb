import { join } from 'node:path';
import { createSeededDraw, shuffle } from '../../src/distillation/seeded-draw.js';
import { softmax, topClass } from '../../src/routing/confidence.js';
import { missingTextData, readBanking77, type TextData, type TextRow } from '../text-data.js';
import { atLeast } from './bounded-figure.js';
import type { BenchContext, Measurement } from './measurement.js';
import { tableOf } from './table.js';
import { datasetRowOf, scoreBundle, trainOnLessons, validationShare } from './train-on-rows.js';

const seeds = [1, 2, 3] as const;
/** Students that answer together as the teacher, each of three networks: nine networks in all. */
const teacherMembers = 3;

/** What a teacher's distributions are worth beside its labels, where classes are alike. */
export const softLabels: Measurement = {
  name: 'soft-labels',
  question: 'What does a student gain from the teacher’s distributions, beside its labels alone?',
  missing: missingTextData,
  async measure(context) {
    const data = await readBanking77();
    const results: Result[] = [];
    for (const seed of context.isQuick ? seeds.slice(0, 1) : seeds)
      results.push(await compare(context, context.isQuick ? firstRows(data, 2_000) : data, seed));
    const gain = (of: (sides: Sides) => number): number =>
      mean(results.map(({ soft, hard }) => of(soft) - of(hard)));
    const named = (figure: string, value: number) => ({
      figure: `banking77, ${results.length} seeds, soft labels less hard ones: ${figure}`,
      ...{ value, unit: 'of 1', command: context.command },
    });
    const lines = results.map(({ seed, soft, hard, teacherAccuracy }) => [
      ...[String(seed), soft.agreement, hard.agreement, soft.accuracy, hard.accuracy],
      teacherAccuracy,
    ]);
    const head = ['seed', 'agreement, soft', 'agreement, hard', 'accuracy, soft', 'accuracy, hard'];
    return {
      figures: [
        atLeast(
          0,
          named(
            'agreement with the teacher',
            gain(({ agreement }) => agreement),
          ),
        ),
        atLeast(
          0,
          named(
            'accuracy by true labels',
            gain(({ accuracy }) => accuracy),
          ),
        ),
      ],
      report: [
        'BANKING77, the whole test file. The training file is cut in two, anew for each seed: one',
        `half teaches the teacher (true labels; ${teacherMembers} text students, whose`,
        'distributions are averaged), the other is labelled by it and teaches two students of',
        'usual settings: one by its distributions, one by its first choices. A tenth',
        'stops them early.',
        '',
        tableOf([...head, 'accuracy, teacher'], lines),
      ].join('\n'),
    };
  },
};

/** Shares of the test rows, of 1. */
interface Sides {
  readonly agreement: number;
  readonly accuracy: number;
}
interface Result {
  readonly seed: number;
  readonly teacherAccuracy: number;
  readonly soft: Sides;
  readonly hard: Sides;
}

async function compare(context: BenchContext, data: TextData, seed: number): Promise<Result> {
  const { dir, say } = context;
  const rows = shuffle([...data.train], createSeededDraw(seed));
  const half = Math.floor(rows.length / 2);
  const train = (name: string, own: Parameters<typeof lessonsOf>[0], memberSeed: number) => {
    say(`seed ${seed}, ${name}`);
    const lessons = { task: data.task, seed: memberSeed, ...lessonsOf(own) };
    return trainOnLessons(join(dir, `soft-labels-${seed}-${name}`), lessons);
  };
  const members: string[] = [];
  for (let member = 0; member < teacherMembers; member++) {
    // Each validates by other rows: together they have learnt from all of their half.
    const own = shuffle(rows.slice(0, half), createSeededDraw(member));
    members.push(await train(`teacher ${member + 1}`, own, member));
  }
  const taught = rows.slice(half);
  const told = await distributionsOf(members, taught);
  const soft = taught.map(({ input }, index) => {
    const probabilities = told[index]!;
    return { input, probabilities, label: topClass(probabilities).label };
  });
  const hard = soft.map((row) => ({ ...row, probabilities: null }));

  const truth = data.test.map(({ label }) => label);
  const teacher = labelsOf(await distributionsOf(members, data.test));
  const sidesOf = async (bundleDir: string): Promise<Sides> => {
    const labels = labelsOf(await distributionsOf([bundleDir], data.test));
    return { agreement: shareOf(labels, teacher), accuracy: shareOf(labels, truth) };
  };
  return {
    ...{ seed, teacherAccuracy: shareOf(teacher, truth) },
    soft: await sidesOf(await train('soft', soft, seed)),
    hard: await sidesOf(await train('hard', hard, seed)),
  };
}

function lessonsOf(rows: readonly Parameters<typeof datasetRowOf>[0][]) {
  const own = rows.map(datasetRowOf);
  const validationRows = Math.round(validationShare * own.length);
  return { train: own.slice(validationRows), validation: own.slice(0, validationRows) };
}

/** @returns [rows] of [classes]: the mean of what the bundles say. */
async function distributionsOf(
  bundleDirs: readonly string[],
  rows: readonly TextRow[],
): Promise<readonly Float64Array[]> {
  const inputs = rows.map(({ input }) => input);
  const sums = rows.map((): Float64Array | null => null);
  for (const bundleDir of bundleDirs) {
    const logits = await scoreBundle(bundleDir, inputs);
    logits.forEach((row, index) => {
      const own = softmax(row, 1).map((p) => p / bundleDirs.length);
      sums[index] = sums[index]?.map((p, k) => p + own[k]!) ?? own;
    });
  }
  return sums.map((sum) => sum!);
}

const labelsOf = (rows: readonly Float64Array[]): number[] => rows.map((p) => topClass(p).label);
const shareOf = (labels: readonly number[], others: readonly number[]): number =>
  mean(labels.map((label, index) => Number(label === others[index])));
const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

function firstRows(data: TextData, count: number): TextData {
  const train = shuffle([...data.train], createSeededDraw(7)).slice(0, count);
  return { ...data, train };
}
