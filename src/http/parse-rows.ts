import { shorten, showValue } from '../task/show-value.js';
import type { RowsRequest } from '../task/task-service.js';
import type { TaskSpec } from '../task/task.js';
import { choiceOf } from './choice-of.js';
import { invalidField } from '../task/invalid-field.js';
import { numberOf } from './number-of.js';
import { isSubject, subjectWords } from './subject.js';

const rowsMax = 200;
const rowsUnlessSaid = 50;

const fields: readonly string[] = [
  ...['limit', 'before', 'source', 'route', 'isHoldout', 'isAgreed', 'teacherLabel'],
  ...['client', 'subject', 'fromMs', 'toMs'],
];

/**
 * Reads which rows of the log are asked for.
 *
 * @param query  of the request, each value as it was sent.
 * @throws {InvalidInputError} for a field that is wrong, or unknown: it would seem to have been
 *         heeded.
 */
export function parseRows(
  query: Readonly<Record<string, unknown>>,
  { labels }: TaskSpec,
): RowsRequest {
  const unknown = Object.keys(query).find((name) => !fields.includes(name));
  if (unknown !== undefined) {
    const expected = `one of ${fields.join(', ')}`;
    throw invalidField({ field: shorten(unknown), expected, got: 'an unknown field' });
  }
  const wholeNumber = (field: string, min: number, or: number): number =>
    numberOf(query[field], field, { min, max: Number.MAX_SAFE_INTEGER, or });
  const flag = (field: string): boolean | null => {
    const choice = choiceOf(query[field], field, ['true', 'false']);
    return choice === null ? null : choice === 'true';
  };
  return {
    rowsMax: numberOf(query['limit'], 'limit', { min: 1, max: rowsMax, or: rowsUnlessSaid }),
    before: query['before'] === undefined ? null : wholeNumber('before', 1, 1),
    source: choiceOf(query['source'], 'source', ['traffic', 'import', 'feedback']),
    route: choiceOf(query['route'], 'route', ['student', 'teacher', 'cache', 'degraded']),
    isHoldout: flag('isHoldout'),
    isAgreed: flag('isAgreed'),
    teacherLabel: choiceOf(query['teacherLabel'], 'teacherLabel', labels),
    client: nameOf(query['client'], 'client'),
    subject: nameOf(query['subject'], 'subject'),
    fromMs: wholeNumber('fromMs', 0, 0),
    toMs: wholeNumber('toMs', 0, Number.MAX_SAFE_INTEGER),
  };
}

function nameOf(value: unknown, field: 'client' | 'subject'): string | null {
  if (value === undefined) return null;
  if (isSubject(value)) return value;
  throw invalidField({ field, expected: subjectWords, got: showValue(value) });
}
