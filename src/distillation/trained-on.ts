import { hash } from 'node:crypto';
import type { Capture } from '../capture/capture.js';
import type { Input } from '../task/task.js';

interface WithInput {
  readonly input: Input;
}

/** @returns [rows] whether a row that may be trained on has the very same input. */
export function trainedOn(
  rows: readonly WithInput[],
  training: Iterable<WithInput>,
): readonly boolean[] {
  if (rows.length === 0) return [];
  const known = new Set<string>();
  for (const { input } of training) known.add(hash('sha256', input));
  return rows.map(({ input }) => known.has(hash('sha256', input)));
}

/** Newest rows that may be trained on among which golden ones are looked for. */
const trainingRowsMax = 200_000;

/** Reads from the log, and from the rows of every dataset, which golden rows prove nothing. */
export async function goldenTrainedOn(options: {
  readonly task: string;
  readonly teacherVersion: string;
  readonly capture: Pick<Capture, 'readTraining'>;
  readonly goldenRows: readonly WithInput[];
  readonly seedRows: readonly WithInput[];
}): Promise<readonly boolean[]> {
  const { task, teacherVersion, capture, goldenRows, seedRows } = options;
  if (goldenRows.length === 0) return [];
  const filter = { task, teacherVersion, rowsMax: trainingRowsMax, createdAfterMs: 0 };
  return trainedOn(goldenRows, [...seedRows, ...(await capture.readTraining(filter))]);
}
