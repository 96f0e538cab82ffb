import { InvalidBundleError } from '../errors.js';
import type { ModelThreads } from '../model/model-threads.js';
import { readBundle, type Bundle } from '../registry/read-bundle.js';
import type { Registry } from '../registry/registry.js';
import {
  openOnnxStudent,
  type OnnxStudent,
  type StudentSettings,
} from '../student/onnx-student.js';
import { checkRecordedAnswers, recordedAnswersOf } from '../student/recorded-answers.js';
import type { Input, TaskSpec } from '../task/task.js';
import { misfitOf } from '../registry/misfit.js';

/** Golden inputs run before a student may answer: enough to find a broken model, quick to do. */
export const goldenCheckRows = 64;

export interface OpenBundleParts {
  readonly goldenInputs: readonly Input[];
  readonly studentSettings: StudentSettings;
  readonly modelThreads: ModelThreads;
  /** Inputs of late, to warm up with. */
  readonly recentInputs: () => Promise<readonly Input[]>;
}

/**
 * Loads a version beside the one that serves, runs it warm with real inputs, and has it answer
 * golden inputs, and those recorded in its bundle as it did then; examples where it has neither.
 * What `understudy check` refuses is refused here too.
 *
 * @throws {NotFoundError} for an unknown version.
 * @throws {InvalidBundleError} when it does not fit the task, when its files are not what the
 *         manifest says, do not load, or do not answer.
 * @throws {InvalidModelOutputError} when an answer is not [classes] finite numbers.
 */
export async function openCandidate(
  version: string,
  parts: OpenBundleParts & { readonly registry: Registry; readonly spec: TaskSpec },
): Promise<OnnxStudent> {
  const { dir, manifest } = await parts.registry.read(version);
  const misfit = misfitOf(manifest, parts.spec);
  if (misfit !== null)
    throw new InvalidBundleError(`${version} does not fit ${parts.spec.name}: ${misfit}`);
  return openBundle(await readBundle(dir), parts);
}

/** The same for a bundle that is read already. */
export async function openBundle(bundle: Bundle, parts: OpenBundleParts): Promise<OnnxStudent> {
  const recorded = recordedAnswersOf(bundle);
  const golden = parts.goldenInputs.slice(0, goldenCheckRows);
  const known = [...golden, ...recorded.map(({ input }) => input)];
  const inputs = [...known, ...(await parts.recentInputs())];
  const student = await openOnnxStudent(bundle, {
    ...parts.studentSettings,
    modelThreads: parts.modelThreads,
    inputs,
    known,
  });
  try {
    if (golden.length > 0) await student.predict(golden);
    await checkRecordedAnswers(student, recorded);
    return student;
  } catch (error) {
    await student.close();
    throw error;
  }
}
