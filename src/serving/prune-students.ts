import type { TaskParts } from './task-parts.js';

/** Removes the oldest versions past what the task keeps; a failure is logged, they take room. */
export async function pruneStudents({
  registry,
  config,
  log,
  spec,
}: Pick<TaskParts, 'registry' | 'config' | 'log' | 'spec'>): Promise<void> {
  await registry.prune(config.distillation.bundlesMax).catch((err: unknown) => {
    log.error('prune-failed', { task: spec.name, err });
  });
}
