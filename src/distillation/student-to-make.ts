import type { DistillationJob } from './distillation-job.js';

/** What the embedded trainer makes where it does not train the parent further. */
export type StudentToMake =
  /** What it makes by itself of inputs of this kind. */
  | { readonly kind: 'usual' }
  /** A small transformer of texts. */
  | { readonly kind: 'transformer' };

/** Reads the task's wish. */
export function studentToMake({ limits }: Pick<DistillationJob, 'limits'>): StudentToMake {
  const { trainer } = limits;
  const isTransformer = trainer.kind === 'embedded' && trainer.student === 'transformer';
  return { kind: isTransformer ? 'transformer' : 'usual' };
}
