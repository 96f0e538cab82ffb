import { resolve } from 'node:path';
import type { DistillationJob } from './distillation-job.js';

/** What the embedded trainer makes where it does not train the parent further. */
export type StudentToMake =
  /** What it makes by itself of inputs of this kind. */
  | { readonly kind: 'usual' }
  /** A small transformer of texts. */
  | { readonly kind: 'transformer' }
  /** A new head on a frozen encoder, which is in this directory. */
  | { readonly kind: 'encoder-head'; readonly encoderDir: string };

/** Reads the task's wish. */
export function studentToMake({
  limits: { trainer },
  configDir,
}: Pick<DistillationJob, 'limits' | 'configDir'>): StudentToMake {
  if (trainer.kind !== 'embedded') return { kind: 'usual' };
  const { student, encoder } = trainer;
  if (encoder !== undefined)
    return { kind: 'encoder-head', encoderDir: resolve(configDir, encoder) };
  return { kind: student === 'transformer' ? 'transformer' : 'usual' };
}
