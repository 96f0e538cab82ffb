import type { PredictRequest } from '../task/task-service.js';
import type { Input, TaskSpec } from '../task/task.js';
import type { PredictRequestBody } from './api-types.js';
import { invalidField } from '../task/invalid-field.js';
import { isObject } from './read-json.js';
import { parseInput } from './parse-input.js';
import { shorten, showValue } from '../task/show-value.js';
import { isSubject, subjectWords } from './subject.js';

export type ParsedPredict = Omit<PredictRequest, 'client' | 'preprocessMs'> & {
  /** The body had `inputs`: the answer is `{answers: [...]}`. */
  readonly isBatch: boolean;
};

const knownFields: readonly (keyof PredictRequestBody)[] = [
  'input',
  'inputs',
  'route',
  'timeoutMs',
  'probabilities',
  'subject',
  'noStore',
];
const routes: readonly PredictRequest['route'][] = ['auto', 'student', 'teacher'];
const timeoutMsMax = 600_000;

/**
 * Checks the body of a prediction and reads its inputs.
 *
 * @throws {InvalidInputError} naming the first field that is wrong.
 */
export function parsePredict(body: unknown, spec: TaskSpec, batchRowsMax: number): ParsedPredict {
  if (!isObject(body))
    throw invalidField({
      field: '(body)',
      expected: 'a JSON object with input or inputs',
      got: showValue(body),
    });
  for (const name of Object.keys(body)) {
    if (!(knownFields as readonly string[]).includes(name))
      throw invalidField({
        field: shorten(name),
        expected: `one of the fields ${knownFields.join(', ')}`,
        got: 'an unknown field',
      });
  }
  return {
    inputs: parseInputs(body, spec, batchRowsMax),
    isBatch: Object.hasOwn(body, 'inputs'),
    ...parseOptions(body),
    hasProbabilities: parseFlag(ownOf(body, 'probabilities'), 'probabilities'),
  };
}

/** Reads who must answer, by when, and what may be kept. @throws {InvalidInputError} */
export function parseOptions(
  fields: Readonly<Record<string, unknown>>,
): Pick<PredictRequest, 'route' | 'timeoutMs' | 'subject' | 'isStored'> {
  return {
    route: parseRoute(ownOf(fields, 'route')),
    timeoutMs: parseTimeout(ownOf(fields, 'timeoutMs')),
    subject: parseSubject(ownOf(fields, 'subject')),
    isStored: !parseFlag(ownOf(fields, 'noStore'), 'noStore'),
  };
}

/** What the body itself says: nothing that every object has. */
const ownOf = (fields: Readonly<Record<string, unknown>>, name: string): unknown =>
  Object.hasOwn(fields, name) ? fields[name] : undefined;

function parseInputs(
  fields: Readonly<Record<string, unknown>>,
  spec: TaskSpec,
  batchRowsMax: number,
): readonly Input[] {
  const hasOne = Object.hasOwn(fields, 'input');
  if (hasOne === Object.hasOwn(fields, 'inputs')) {
    const got = hasOne ? 'both' : 'neither';
    throw invalidField({
      field: 'input',
      expected: 'exactly one of input (one) and inputs (a list)',
      got,
    });
  }
  if (hasOne) return [parseInput(fields['input'], spec.input, 'input')];
  const { inputs } = fields;
  if (!Array.isArray(inputs) || inputs.length === 0 || inputs.length > batchRowsMax) {
    const got = Array.isArray(inputs) ? `${inputs.length}` : showValue(inputs);
    throw invalidField({ field: 'inputs', expected: `a list of 1 to ${batchRowsMax} inputs`, got });
  }
  return inputs.map((input, index) => parseInput(input, spec.input, `inputs[${index}]`));
}

function parseRoute(route: unknown): PredictRequest['route'] {
  if (route === undefined) return 'auto';
  const known = routes.find((name) => name === route);
  if (known === undefined)
    throw invalidField({
      field: 'route',
      expected: `one of ${routes.join(', ')}`,
      got: showValue(route),
    });
  return known;
}

function parseTimeout(timeoutMs: unknown): number | null {
  if (timeoutMs === undefined) return null;
  const isWhole = typeof timeoutMs === 'number' && Number.isInteger(timeoutMs);
  if (isWhole && timeoutMs >= 1 && timeoutMs <= timeoutMsMax) return timeoutMs;
  throw invalidField({
    field: 'timeoutMs',
    expected: `a whole number of ms from 1 to ${timeoutMsMax}`,
    got: showValue(timeoutMs),
  });
}

function parseFlag(flag: unknown, field: keyof PredictRequestBody): boolean {
  if (flag === undefined) return false;
  if (typeof flag === 'boolean') return flag;
  throw invalidField({ field, expected: 'true or false', got: showValue(flag) });
}

function parseSubject(subject: unknown): string | null {
  if (subject === undefined) return null;
  if (isSubject(subject)) return subject;
  throw invalidField({ field: 'subject', expected: subjectWords, got: showValue(subject) });
}
