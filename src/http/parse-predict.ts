import type { PredictRequest } from '../task/task-service.js';
import type { Input, TaskSpec } from '../task/task.js';
import type { PredictRequestBody } from './api-types.js';
import { invalidField } from './invalid-field.js';
import { parseInput } from './parse-input.js';
import { shorten, showValue } from './show-value.js';

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
];
const routes: readonly PredictRequest['route'][] = ['auto', 'student', 'teacher'];
const timeoutMsMax = 600_000;

/**
 * Checks the body of a prediction and reads its inputs.
 *
 * @throws {InvalidInputError} naming the first field that is wrong.
 */
export function parsePredict(body: unknown, spec: TaskSpec, batchRowsMax: number): ParsedPredict {
  if (typeof body !== 'object' || body === null || Array.isArray(body))
    throw invalidField({
      field: '(body)',
      expected: 'a JSON object with input or inputs',
      got: showValue(body),
    });
  const fields = new Map(Object.entries(body));
  for (const name of fields.keys()) {
    if (!(knownFields as readonly string[]).includes(name))
      throw invalidField({
        field: shorten(name),
        expected: `one of the fields ${knownFields.join(', ')}`,
        got: 'an unknown field',
      });
  }
  return {
    inputs: parseInputs(fields, spec, batchRowsMax),
    isBatch: fields.has('inputs'),
    route: parseRoute(fields.get('route')),
    timeoutMs: parseTimeout(fields.get('timeoutMs')),
    hasProbabilities: parseProbabilities(fields.get('probabilities')),
  };
}

function parseInputs(
  fields: ReadonlyMap<string, unknown>,
  spec: TaskSpec,
  batchRowsMax: number,
): readonly Input[] {
  if (fields.has('input') === fields.has('inputs')) {
    const got = fields.has('input') ? 'both' : 'neither';
    throw invalidField({
      field: 'input',
      expected: 'exactly one of input (one) and inputs (a list)',
      got,
    });
  }
  if (fields.has('input')) return [parseInput(fields.get('input'), spec.input, 'input')];
  const inputs = fields.get('inputs');
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

function parseProbabilities(probabilities: unknown): boolean {
  if (probabilities === undefined) return false;
  if (typeof probabilities === 'boolean') return probabilities;
  throw invalidField({
    field: 'probabilities',
    expected: 'true or false',
    got: showValue(probabilities),
  });
}
