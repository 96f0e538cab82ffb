import { z } from 'zod';
import type { PolicyChanges } from '../config/policy-changes.js';
import { policyModes, policyPatchSchema } from '../config/policy-schema.js';
import { invalidField } from '../task/invalid-field.js';
import { shorten, showValue } from '../task/show-value.js';

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
  if (issue!.code === 'unrecognized_keys' && issue.path.length === 0)
    throw invalidField({
      field: shorten(issue.keys[0]!),
      expected: `one of ${names}`,
      got: 'an unknown field',
    });
  const [name] = issue!.path;
  if (name === undefined)
    throw invalidField({
      field: '(body)',
      expected: `a JSON object with some of ${names}`,
      got: showValue(body),
    });
  const field = name as keyof typeof fields;
  throw invalidField({
    field,
    expected: wordsOf[field] ?? rangeOf(fields[field]),
    got: showValue((body as PolicyChanges)[field]),
  });
}

/** What is no single number. */
const wordsOf: Readonly<Partial<Record<keyof typeof fields, string>>> = {
  mode: `one of ${policyModes.join(', ')}`,
  labels: 'by label {"riskMax": a share, "missMax": a share, "delta": a share}, not empty',
  teacherBudget:
    'null, or {"callsPerHour": a whole number from 1}, or {"usdPerHour": a number above 0}',
};

/** `a number from 0.001 to 0.5`, as the schema has it. */
function rangeOf(field: z.ZodType): string {
  const { minimum, maximum, exclusiveMaximum } = z.toJSONSchema(field);
  const below = maximum ?? `below ${String(exclusiveMaximum)}`;
  return `a number from ${String(minimum)} to ${below}`;
}
