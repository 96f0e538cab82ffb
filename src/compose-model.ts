import { InvalidBundleError, InvalidConfigError } from './errors.js';
import type { BundleManifest } from './registry/bundle.js';
import { misfitOf } from './registry/misfit.js';
import type { TaskSpec } from './task/task.js';

/** @throws {InvalidConfigError} when a bundle is not of this task. */
export function requireFit(manifest: BundleManifest, spec: TaskSpec, who: string): void {
  const misfit = misfitOf(manifest, spec);
  if (misfit !== null) throw new InvalidConfigError(`${who} does not fit ${spec.name}: ${misfit}`);
}

/** What is wrong with a model itself names neither its task nor its file. */
export const ofModel =
  (who: string) =>
  (cause: unknown): never => {
    if (!(cause instanceof InvalidBundleError)) throw cause;
    throw new InvalidBundleError(`${who} can not be used: ${cause.message}`, cause.details, {
      cause,
    });
  };
