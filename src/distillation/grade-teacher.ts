import { hash } from 'node:crypto';
import type { Capture } from '../capture/capture.js';
import type { GateJson } from '../http/api-types.js';
import { openInlineRunner } from '../model/inline-runner.js';
import { readBundle, readManifest } from '../registry/read-bundle.js';
import { rateLogits } from '../routing/rate-logits.js';
import type { Input } from '../task/task.js';
import { checkTeacher, type TeacherEvidence } from './check-teacher.js';
import type { LabelledRow } from './dataset.js';
import { scoreModel } from './score-model.js';

/** What the teacher says of golden rows: SHA-256 (hex) of an input -> index of its label. */
export type GoldenLabels = Readonly<Record<string, number>>;

export const goldenKeyOf = (input: Input): string => hash('sha256', input);

/** Newest reviewed rows that are looked at. */
const reviewedRowsMax = 5_000;

/**
 * Holds the teacher against the student that serves, on golden rows that the teacher was asked
 * about, and on rows that people have labelled in a review.
 *
 * Labels that callers send by themselves are left out: they tell of the wrong answers of whoever
 * has answered, which is the teacher wherever the student is unsure. In a review rows are chosen by
 * what both have said, and who says what is not shown.
 *
 * @returns null without such rows: nothing is known against it.
 * @throws {InvalidBundleError} when the bundle's files are not what its manifest says.
 */
export async function gradeTeacher(options: {
  readonly studentDir: string;
  readonly goldenRows: readonly LabelledRow[];
  readonly goldenLabels: GoldenLabels;
  readonly task: string;
  readonly teacherVersion: string;
  readonly capture: Pick<Capture, 'readReviewed'>;
}): Promise<GateJson | null> {
  const sources = [await goldenEvidence(options), await reviewEvidence(options)];
  const evidence = sources.filter((source) => source !== null);
  return evidence.length === 0 ? null : checkTeacher(evidence);
}

/** What the student said before it could learn what is right. */
async function reviewEvidence({
  studentDir,
  task,
  teacherVersion,
  capture,
}: Pick<
  Parameters<typeof gradeTeacher>[0],
  'studentDir' | 'task' | 'teacherVersion' | 'capture'
>): Promise<TeacherEvidence | null> {
  const filter = { task, teacherVersion, rowsMax: reviewedRowsMax };
  const reviewed = await capture.readReviewed(filter);
  const { version } = await readManifest(studentDir);
  const rows = reviewed.filter(({ studentVersion }) => studentVersion === version);
  if (rows.length === 0) return null;
  return {
    what: 'reviewed rows',
    teacherIsRight: rows.map(({ teacherLabel, feedback }) => teacherLabel === feedback!.label),
    studentIsRight: rows.map(({ studentLabel, feedback }) => studentLabel === feedback!.label),
  };
}

async function goldenEvidence({
  studentDir,
  goldenRows,
  goldenLabels,
}: Pick<
  Parameters<typeof gradeTeacher>[0],
  'studentDir' | 'goldenRows' | 'goldenLabels'
>): Promise<TeacherEvidence | null> {
  const rows = goldenRows.filter(({ input }) => goldenLabels[goldenKeyOf(input)] !== undefined);
  if (rows.length === 0) return null;
  const studentLabels = await labelsOf(
    studentDir,
    rows.map(({ input }) => input),
  );
  return {
    what: 'golden rows',
    teacherIsRight: rows.map(({ input, label }) => goldenLabels[goldenKeyOf(input)] === label),
    studentIsRight: rows.map(({ label }, row) => studentLabels[row] === label),
  };
}

async function labelsOf(bundleDir: string, inputs: readonly Input[]): Promise<readonly number[]> {
  const bundle = await readBundle(bundleDir);
  const runner = await openInlineRunner({ ...bundle, provider: 'cpu' });
  try {
    const logits = await scoreModel(runner, inputs);
    return logits.map((row) => rateLogits(row, bundle.manifest.calibration).label);
  } finally {
    await runner.close();
  }
}
