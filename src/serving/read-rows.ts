import { hasInput, type Capture, type StoredRow } from '../capture/capture.js';
import type { RowJson, RowsJson } from '../http/api-types-rows.js';
import { jsonOfInput } from '../task/input-json.js';
import { labelName } from '../task/label-name.js';
import type { RowsRequest } from '../task/task-service.js';
import type { TaskSpec } from '../task/task.js';

/** Reads rows of the log, as the API shows them. */
export async function readRows(
  { spec, capture }: { readonly spec: TaskSpec; readonly capture: Pick<Capture, 'browse'> },
  { before, teacherLabel, fromMs, toMs, ...filter }: RowsRequest,
): Promise<RowsJson> {
  const { rows, nextBefore } = await capture.browse({
    ...{ task: spec.name, beforeSequence: before, createdFromMs: fromMs, createdBeforeMs: toMs },
    teacherLabel: teacherLabel === null ? null : spec.labels.indexOf(teacherLabel),
    ...filter,
  });
  return { rows: rows.map((row) => jsonOf(row, spec)), nextBefore };
}

const jsonOf = (row: StoredRow, spec: TaskSpec): RowJson => ({
  ...{ sequence: row.sequence, id: row.id, createdAtMs: row.createdMs, source: row.source },
  input: hasInput(row) ? jsonOfInput(row.input, spec.input) : null,
  inputKept: row.inputKept,
  label: labelName(row.feedback?.label ?? row.teacherLabel, spec),
  ...{ route: row.route, reason: row.reason },
  ...{ isHoldout: row.isHoldout, isTrainable: row.isTrainable },
  studentVersion: row.studentVersion,
  studentLabel: labelName(row.studentLabel, spec),
  ...{ confidence: row.confidence, threshold: row.threshold },
  ...{ teacher: row.teacherName, teacherVersion: row.teacherVersion },
  teacherLabel: labelName(row.teacherLabel, spec),
  ...{ costUsd: row.costUsd, client: row.client, subject: row.subject },
  feedback: row.feedback && {
    label: labelName(row.feedback.label, spec),
    origin: row.feedback.origin,
    givenAtMs: row.feedback.givenMs,
  },
});
