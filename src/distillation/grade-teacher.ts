import { hash } from 'node:crypto';
import type { GateJson } from '../http/api-types.js';
import { openInlineRunner } from '../model/inline-runner.js';
import { readBundle } from '../registry/read-bundle.js';
import { rateLogits } from '../routing/rate-logits.js';
import type { Input } from '../task/task.js';
import { checkTeacher } from './check-teacher.js';
import type { LabelledRow } from './dataset.js';
import { scoreModel } from './score-model.js';

/** What the teacher says of golden rows: SHA-256 (hex) of an input -> index of its label. */
export type GoldenLabels = Readonly<Record<string, number>>;

export const goldenKeyOf = (input: Input): string => hash('sha256', input);

/**
 * Holds the teacher against the student that serves, on golden rows that the teacher was asked
 * about.
 *
 * @returns null without such rows: nothing is known against it.
 * @throws {InvalidBundleError} when the bundle's files are not what its manifest says.
 */
export async function gradeTeacher(options: {
  readonly studentDir: string;
  readonly goldenRows: readonly LabelledRow[];
  readonly goldenLabels: GoldenLabels;
}): Promise<GateJson | null> {
  const { studentDir, goldenRows, goldenLabels } = options;
  const rows = goldenRows.filter(({ input }) => goldenLabels[goldenKeyOf(input)] !== undefined);
  if (rows.length === 0) return null;
  const studentLabels = await labelsOf(
    studentDir,
    rows.map(({ input }) => input),
  );
  return checkTeacher([
    {
      what: 'golden rows',
      teacherIsRight: rows.map(({ input, label }) => goldenLabels[goldenKeyOf(input)] === label),
      studentIsRight: rows.map(({ label }, row) => studentLabels[row] === label),
    },
  ]);
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
