import { InvalidBundleError } from '../errors.js';
import { readBundle } from '../registry/read-bundle.js';
import type { Registry } from '../registry/registry.js';
import { openOnnxStudent, type OnnxStudent } from '../student/onnx-student.js';
import type { TaskSpec } from '../task/task.js';
import { misfitOf } from './misfit.js';

/** Golden inputs run before a student may answer: enough to find a broken model, quick to do. */
const goldenCheckRows = 64;

/**
 * Loads a version beside the one that serves, runs it warm, and has it answer golden inputs.
 *
 * @throws {NotFoundError} for an unknown version.
 * @throws {InvalidBundleError} when it does not fit the task, when its files are not what the
 *         manifest says, or do not load.
 * @throws {InvalidModelOutputError} when an answer is not [classes] finite numbers.
 */
export async function openCandidate(
  version: string,
  parts: {
    readonly registry: Registry;
    readonly spec: TaskSpec;
    readonly goldenInputs: readonly Float32Array[];
  },
): Promise<OnnxStudent> {
  const { dir, manifest } = await parts.registry.read(version);
  const misfit = misfitOf(manifest, parts.spec);
  if (misfit !== null)
    throw new InvalidBundleError(`${version} does not fit ${parts.spec.name}: ${misfit}`);
  const student = await openOnnxStudent(await readBundle(dir));
  try {
    const inputs = parts.goldenInputs.slice(0, goldenCheckRows);
    if (inputs.length > 0) await student.predict(inputs);
    return student;
  } catch (error) {
    await student.close();
    throw error;
  }
}
