import type { Dtype, TensorData } from '../task/dtype.js';
import type { Input } from '../task/task.js';

/** One tensor of one row, without the batch axis. */
export interface RowTensor {
  readonly name: string;
  /**
   * What the preprocessing gives by itself; the model may ask for another numeric type. `unit8` are
   * bytes k that stand for k / 255.
   */
  readonly dtype: Dtype | 'unit8';
  /** Row-major. */
  readonly data: TensorData;
  readonly dims: readonly number[];
}

/** Turns one input into the tensors of one model. The same input always gives the same tensors. */
export interface Preprocessor {
  /** Names of the tensors that `prepare` gives, in its order. */
  readonly tensorNames: readonly string[];
  /**
   * Rows with equal dims can share a run of the model.
   *
   * @throws {InvalidInputError} when this input can not be prepared.
   */
  prepare(input: Input): readonly RowTensor[];
}
