import { z } from 'zod';
import type { PolicyChanges } from '../config/policy-changes.js';
import { policyPatchSchema } from '../config/task-config.js';
import { InvalidInputError } from '../errors.js';
import { shorten, showValue } from './show-value.js';

const fields = policyPatchSchema.shape;
const names = Object.keys(fields).join(', ');

/**
 * Checks the body of a change of the policy.
 *
 * @throws {InvalidInputError} naming the first field that is wrong.
 */
export function parsePolicy(body: unknown): PolicyChanges {
  const parsed = policyPatchSchema.safeParse(body);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  if (issue!.code === 'unrecognized_keys')
    throw invalid(shorten(issue.keys[0]!), `one of ${names}`, 'an unknown field');
  const [name] = issue!.path;
  if (name === undefined)
    throw invalid('(body)', `a JSON object with some of ${names}`, showValue(body));
  const field = name as keyof typeof fields;
  throw invalid(field, rangeOf(fields[field]), showValue((body as PolicyChanges)[field]));
}

/** `a number from 0.001 to 0.5`, as the schema has it. */
function rangeOf(field: z.ZodType): string {
  const { minimum, maximum, exclusiveMaximum } = z.toJSONSchema(field);
  const below = maximum ?? `below ${String(exclusiveMaximum)}`;
  return `a number from ${String(minimum)} to ${below}`;
}

function invalid(field: string, expected: string, got: string): InvalidInputError {
  const details = { field, expected, got };
  return new InvalidInputError(`${field} must be ${expected}, got ${got}.`, details);
}
