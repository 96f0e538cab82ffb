import { hasInput, type StoredRow } from '../capture/capture.js';
import { jsonOfInput } from '../task/input-json.js';
import { labelName } from '../task/label-name.js';
import type { TaskSpec } from '../task/task.js';

/** How a field is written in a table; `json` is a text there, and the value itself in JSONL. */
export type FieldType = 'text' | 'number' | 'integer' | 'flag' | 'json';

/** One field of an exported row. */
export interface RowField {
  readonly name: string;
  readonly type: FieldType;
  /** Null where the row has none. */
  readonly valueOf: (row: StoredRow, spec: TaskSpec) => unknown;
}

const field = (name: string, type: FieldType, valueOf: RowField['valueOf']): RowField => ({
  ...{ name, type, valueOf },
});

/** Everything that is exported of a row, once; labels by their names. */
export const rowFields: readonly RowField[] = [
  field('id', 'text', ({ id }) => id),
  field('createdAtMs', 'number', ({ createdMs }) => createdMs),
  field('source', 'text', ({ source }) => source),
  field('input', 'json', (row, spec) =>
    hasInput(row) ? jsonOfInput(row.input, spec.input) : null,
  ),
  field('inputKept', 'text', ({ inputKept }) => inputKept),
  // The right one: a person's outranks the teacher's.
  field('label', 'text', ({ feedback, teacherLabel }, spec) =>
    labelName(feedback?.label ?? teacherLabel, spec),
  ),
  field('route', 'text', ({ route }) => route),
  field('reason', 'text', ({ reason }) => reason),
  field('isHoldout', 'flag', ({ isHoldout }) => isHoldout),
  field('isTrainable', 'flag', ({ isTrainable }) => isTrainable),
  field('propensity', 'number', ({ propensity }) => propensity),
  field('holdoutRate', 'number', ({ holdoutRate }) => holdoutRate),
  field('studentVersion', 'text', ({ studentVersion }) => studentVersion),
  field('studentLabel', 'text', ({ studentLabel }, spec) => labelName(studentLabel, spec)),
  field('studentScores', 'json', ({ studentLogits }) => studentLogits && [...studentLogits]),
  field('studentLatencyMs', 'number', ({ studentLatencyMs }) => studentLatencyMs),
  field('confidence', 'number', ({ confidence }) => confidence),
  field('threshold', 'number', ({ threshold }) => threshold),
  field('teacher', 'text', ({ teacherName }) => teacherName),
  field('teacherVersion', 'text', ({ teacherVersion }) => teacherVersion),
  field('teacherLabel', 'text', ({ teacherLabel }, spec) => labelName(teacherLabel, spec)),
  field(
    'teacherProbabilities',
    'json',
    (row) => row.teacherProbabilities && [...row.teacherProbabilities],
  ),
  field('teacherLatencyMs', 'number', ({ teacherLatencyMs }) => teacherLatencyMs),
  field('costUsd', 'number', ({ costUsd }) => costUsd),
  field('client', 'text', ({ client }) => client),
  field('subject', 'text', ({ subject }) => subject),
  field('feedbackLabel', 'text', ({ feedback }, spec) => labelName(feedback?.label ?? null, spec)),
  field('feedbackOrigin', 'text', ({ feedback }) => feedback?.origin ?? null),
  field('feedbackAtMs', 'number', ({ feedback }) => feedback?.givenMs ?? null),
];
