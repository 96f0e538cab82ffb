import { readBundle } from '../registry/read-bundle.js';
import type { Registry } from '../registry/registry.js';
import { openOnnxStudent, type OnnxStudent } from '../student/onnx-student.js';

/** Golden inputs run before a student may answer: enough to find a broken model, quick to do. */
const goldenCheckRows = 64;

/**
 * Loads a version beside the one that serves, runs it warm, and has it answer golden inputs.
 *
 * @throws {NotFoundError} for an unknown version.
 * @throws {InvalidBundleError} when its files are not what the manifest says, or do not load.
 * @throws {InvalidModelOutputError} when an answer is not [classes] finite numbers.
 */
export async function openCandidate(
  registry: Registry,
  version: string,
  goldenInputs: readonly Float32Array[],
): Promise<OnnxStudent> {
  const { dir } = await registry.read(version);
  const student = await openOnnxStudent(await readBundle(dir));
  try {
    const inputs = goldenInputs.slice(0, goldenCheckRows);
    if (inputs.length > 0) await student.predict(inputs);
    return student;
  } catch (error) {
    await student.close();
    throw error;
  }
}
