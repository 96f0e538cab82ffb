import type { Capture } from '../capture/capture.js';
import type { ReviewJson } from '../http/api-types.js';
import { jsonOfInput } from '../task/input-json.js';
import type { TaskSpec } from '../task/task.js';

/** Reads the rows that a person should label, as the API shows them. */
export async function readReview(
  { spec, capture }: { readonly spec: TaskSpec; readonly capture: Pick<Capture, 'readReview'> },
  rowsMax: number,
): Promise<ReviewJson> {
  const rows = await capture.readReview({ task: spec.name, rowsMax });
  return {
    rows: rows.map((row) => ({
      id: row.id,
      createdAtMs: row.createdMs,
      input: jsonOfInput(row.input, spec.input),
      studentLabel: spec.labels[row.studentLabel!]!, // A row without one is not there.
      teacherLabel: spec.labels[row.teacherLabel]!,
      confidence: row.confidence,
    })),
  };
}
