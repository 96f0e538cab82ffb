import type { Environment } from './compose-teacher.js';
import { apiKeyVariable, settings } from './config/settings.js';
import type { TaskConfig } from './config/task-config.js';
import { teachersOf } from './config/teacher-schema.js';

/**
 * What a run, and a trainer that it starts, find in their environment: all but the keys of inputs,
 * of the log, of this gateway and of the tasks' teachers. What a run needs of them it is told.
 */
export function withoutSecrets(env: Environment, tasks: readonly TaskConfig[]): Environment {
  const secrets = new Set<string>([
    apiKeyVariable,
    ...settings.flatMap((setting) => ('isSecret' in setting ? [setting.env] : [])),
    ...tasks
      .flatMap(teachersOf)
      .flatMap((teacher) =>
        'apiKeyEnv' in teacher && teacher.apiKeyEnv !== null ? [teacher.apiKeyEnv] : [],
      ),
  ]);
  return Object.fromEntries(Object.entries(env).filter(([name]) => !secrets.has(name)));
}
