import type { Feeds } from '../../model/feeder.js';
import type { ConstantData, ElementType } from '../../onnx/graph.js';
import { withOutputs } from '../../onnx/one-row-operations.js';
import { InferenceSession } from '../../onnx/runtime.js';
import { sessionOptions } from '../../onnx/session-options.js';
import type { SourceModel } from './source-model.js';
import { UntrainableStudentError } from './untrainable-student-error.js';

/** A value inside a model, as one run has given it. */
export interface ProbedValue {
  readonly type: ElementType;
  readonly shape: readonly number[];
  readonly data: ConstantData;
}

/**
 * Runs a model once and keeps every value inside: the shapes of a training graph are those, and
 * what hangs on shapes alone are its constants. ONNX Runtime knows them better than a second
 * implementation of some hundred operators' rules would.
 *
 * @param feeds  of as many rows as a training step has; names: of the values to keep, default: all.
 * @throws {UntrainableStudentError} when the model can not be run so.
 */
export async function probeValues(
  source: SourceModel,
  { tensors, names = namesOf(source) }: Pick<Feeds, 'tensors'> & { readonly names?: string[] },
): Promise<ReadonlyMap<string, ProbedValue>> {
  try {
    const session = await InferenceSession.create(withOutputs(source.model, names), {
      ...sessionOptions,
      graphOptimizationLevel: 'disabled', // What it joins together would not be seen.
    });
    try {
      const results = await session.run(tensors, names);
      return new Map(
        Object.entries(results).map(([name, { type, dims, data }]) => [
          name,
          { type: type as ElementType, shape: dims, data: data as ConstantData },
        ]),
      );
    } finally {
      await session.release();
    }
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new UntrainableStudentError([
      `The student can not be run in a way that shows its inner values: ${reason}`,
    ]);
  }
}

const namesOf = ({ nodes }: SourceModel): string[] =>
  nodes.flatMap(({ outputs }) => outputs).filter((name) => name !== '');
