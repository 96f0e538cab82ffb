import { InvalidInputError } from '../errors.js';
import type { PredictRequest } from '../task/task-service.js';
import type { TaskSpec } from '../task/task.js';
import type { PredictRequestBody } from './api-types.js';
import { parseImage } from './parse-image.js';
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
    throw invalid('(body)', 'a JSON object with input or inputs', showValue(body));
  const fields = new Map(Object.entries(body));
  for (const name of fields.keys()) {
    if (!(knownFields as readonly string[]).includes(name))
      throw invalid(
        shorten(name),
        `one of the fields ${knownFields.join(', ')}`,
        'an unknown field',
      );
  }
  const rows = parseRows(fields, spec, batchRowsMax);
  return {
    rows,
    isBatch: fields.has('inputs'),
    route: parseRoute(fields.get('route')),
    timeoutMs: parseTimeout(fields.get('timeoutMs')),
    hasProbabilities: parseProbabilities(fields.get('probabilities')),
  };
}

function parseRows(
  fields: ReadonlyMap<string, unknown>,
  spec: TaskSpec,
  batchRowsMax: number,
): readonly Float32Array[] {
  if (fields.has('input') === fields.has('inputs')) {
    const got = fields.has('input') ? 'both' : 'neither';
    throw invalid('input', 'exactly one of input (one) and inputs (a list)', got);
  }
  if (fields.has('input')) return [parseImage(fields.get('input'), spec.input, 'input')];
  const inputs = fields.get('inputs');
  if (!Array.isArray(inputs) || inputs.length === 0 || inputs.length > batchRowsMax) {
    const got = Array.isArray(inputs) ? `${inputs.length}` : showValue(inputs);
    throw invalid('inputs', `a list of 1 to ${batchRowsMax} inputs`, got);
  }
  return inputs.map((input, index) => parseImage(input, spec.input, `inputs[${index}]`));
}

function parseRoute(route: unknown): PredictRequest['route'] {
  if (route === undefined) return 'auto';
  const known = routes.find((name) => name === route);
  if (known === undefined) throw invalid('route', `one of ${routes.join(', ')}`, showValue(route));
  return known;
}

function parseTimeout(timeoutMs: unknown): number | null {
  if (timeoutMs === undefined) return null;
  const isWhole = typeof timeoutMs === 'number' && Number.isInteger(timeoutMs);
  if (isWhole && timeoutMs >= 1 && timeoutMs <= timeoutMsMax) return timeoutMs;
  throw invalid(
    'timeoutMs',
    `a whole number of ms from 1 to ${timeoutMsMax}`,
    showValue(timeoutMs),
  );
}

function parseProbabilities(probabilities: unknown): boolean {
  if (probabilities === undefined) return false;
  if (typeof probabilities === 'boolean') return probabilities;
  throw invalid('probabilities', 'true or false', showValue(probabilities));
}

function invalid(field: string, expected: string, got: string): InvalidInputError {
  return new InvalidInputError(`${field} must be ${expected}, got ${got}.`, {
    field,
    expected,
    got,
  });
}
