import type { Capture, StoredRow } from '../capture/capture.js';
import type { DistillationJob } from './distillation-job.js';
import { holdoutUseOf } from './holdout-use.js';

/** Newest holdout rows that choose between candidate and incumbent. */
const holdoutRowsMax = 10_000;

/** Repeats of an input are no further evidence: the newest row of each stands for it. */
export async function readChoosingRows({
  job,
  capture,
}: {
  readonly job: DistillationJob;
  readonly capture: Capture;
}): Promise<readonly StoredRow[]> {
  const newestFirst = await capture.readHoldout({
    task: job.task.name,
    teacherVersion: job.teacher.version,
    rowsMax: holdoutRowsMax,
    createdAfterMs: job.evidenceAfterMs,
  });
  const choosing = newestFirst.filter(({ inputHash }) => holdoutUseOf(inputHash) === 'choose');
  return [...new Map(choosing.reverse().map((row) => [row.inputHash, row])).values()];
}
