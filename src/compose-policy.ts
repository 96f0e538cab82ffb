import { join } from 'node:path';
import { changedPolicy, type PolicyChanges } from './config/policy-changes.js';
import type { Policy } from './config/policy-schema.js';
import { createJsonFile, type JsonFile } from './files/json-file.js';

/**
 * Opens the policy in force of a task: that of its file, as it was changed since.
 *
 * @param taskDir  the task's own directory.
 * @throws {InvalidConfigError} when the changes can not be read, or do not fit the task's file.
 */
export async function openPolicy(
  taskDir: string,
  configured: Policy,
): Promise<{ readonly policyFile: JsonFile<PolicyChanges>; readonly policy: Policy }> {
  const path = join(taskDir, 'policy.json');
  const policyFile = createJsonFile<PolicyChanges>(path, {
    advice: 'Restore it from a backup; or delete it, and the policy is the task file’s again.',
  });
  return { policyFile, policy: changedPolicy(configured, await policyFile.read(), path) };
}
