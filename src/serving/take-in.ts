import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { InvalidBundleError, NotFoundError } from '../errors.js';
import { readBundle } from '../registry/read-bundle.js';
import type { Registry } from '../registry/registry.js';
import type { TaskSpec } from '../task/task.js';
import { openBundle, type OpenBundleParts } from './open-candidate.js';
import { misfitOf } from '../registry/misfit.js';

/** A plain name: it can not lead out of the directory. */
const plainName = /^[A-Za-z0-9_][A-Za-z0-9._-]{0,99}$/;

/**
 * Takes a bundle in that was made elsewhere: it must fit the task, load, and answer golden inputs.
 * Its files are copied; what lay in `incoming` is cleared away, taken in or not.
 *
 * @param name  of a directory in `incomingDir`.
 * @returns     its version; it does not serve yet.
 */
export async function takeIn(
  name: string,
  parts: OpenBundleParts & {
    readonly incomingDir: string;
    readonly registry: Registry;
    readonly spec: TaskSpec;
  },
): Promise<string> {
  const { incomingDir, registry, spec } = parts;
  const dir = join(incomingDir, name);
  if (!plainName.test(name) || !existsSync(dir))
    throw new NotFoundError(
      `There is no bundle "${name.slice(0, 100)}" in ${incomingDir}. Copy its directory there ` +
        'first, or use "understudy add", which does.',
      { field: 'incoming' },
    );
  try {
    const bundle = await readBundle(dir);
    const misfit = misfitOf(bundle.manifest, spec);
    if (misfit !== null)
      throw new InvalidBundleError(`The bundle does not fit ${spec.name}: ${misfit}`);
    const student = await openBundle(bundle, parts);
    await student.close();
    const { calibration } = bundle.manifest;
    const added = await registry.add(dir, { ...calibration, evaluation: null, isRejected: false });
    return added.version;
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}
