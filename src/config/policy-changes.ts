import type { z } from 'zod';
import { InvalidConfigError } from '../errors.js';
import { schemaProblemsOf } from '../files/schema-problems.js';
import { policyPatchSchema, policySchema, type Policy } from './policy-schema.js';

/** What an operator has changed of the policy since; the task file says the rest. */
export type PolicyChanges = z.output<typeof policyPatchSchema>;

/**
 * Puts saved changes over the policy of the task file, which may have been edited since.
 *
 * @param saved  parsed content of the file of changes, or null when there is none. Settings that
 *               can not be changed this way are the task file's, whatever it says.
 * @param from   the file's path, for messages.
 * @throws {InvalidConfigError} when the two do not go together.
 */
export function changedPolicy(configured: Policy, saved: unknown, from: string): Policy {
  const changeable = Object.keys(policyPatchSchema.shape);
  const changes = Object.entries(saved ?? {}).filter(([name]) => changeable.includes(name));
  const parsed = policySchema.safeParse({ ...configured, ...Object.fromEntries(changes) });
  if (parsed.success) return parsed.data;
  const problems = schemaProblemsOf(parsed.error);
  throw new InvalidConfigError(
    `${from} holds changes of the policy that do not go with the task file:\n- ` +
      `${problems.join('\n- ')}\nMend the task file, or delete ${from} to go back to it.`,
    { problems: problems.length },
  );
}
