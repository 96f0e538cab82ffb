import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { writeSnapshot, type DatasetRow } from '../../src/distillation/dataset.js';
import { scoreModel } from '../../src/distillation/score-model.js';
import { trainBundle } from '../../src/distillation/train-bundle.js';
import { openInlineRunner } from '../../src/model/inline-runner.js';
import { readBundle } from '../../src/registry/read-bundle.js';
import type { Input, TaskSpec } from '../../src/task/task.js';

/** One row in ten validates, as in every distillation run. */
export const validationShare = 0.1;

export interface Lessons {
  readonly task: TaskSpec;
  readonly train: readonly DatasetRow[];
  readonly validation: readonly DatasetRow[];
  readonly seed: number;
  readonly shiftPixels?: number;
}

/** Trains a student as a run without a search does. @returns its bundle, below `dir`. */
export async function trainOnLessons(dir: string, lessons: Lessons): Promise<string> {
  const { seed, shiftPixels = 0, ...rows } = lessons;
  const [snapshotDir, outDir] = [join(dir, 'snapshot'), join(dir, 'student')];
  await mkdir(snapshotDir, { recursive: true });
  const teacher = { name: 'labels', version: 'v0-labels' };
  await writeSnapshot(snapshotDir, { ...rows, teacher, seed, shiftPixels, timeSpanMs: null });
  await trainBundle({
    ...{ snapshotDir, outDir, seed, parentBundleDir: null, isContinued: false },
    onProgress: () => {},
  });
  return outDir;
}

/** What a teacher has said of an input: its distribution, or null for the label alone. */
export const datasetRowOf = (
  row: Pick<DatasetRow, 'input' | 'label'> & Partial<Pick<DatasetRow, 'probabilities'>>,
  index: number,
): DatasetRow => ({
  ...{ id: `row-${index}`, input: row.input, label: row.label },
  ...{ probabilities: row.probabilities ?? null, weight: 1, source: 'capture' },
});

/** @returns [inputs] of [classes] logits. */
export async function scoreBundle(
  bundleDir: string,
  inputs: readonly Input[],
): Promise<readonly Float32Array[]> {
  const runner = await openInlineRunner({ ...(await readBundle(bundleDir)), provider: 'cpu' });
  try {
    return await scoreModel(runner, inputs);
  } finally {
    await runner.close();
  }
}
