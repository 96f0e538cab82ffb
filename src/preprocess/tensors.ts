import { decodeTensors } from '../task/tensor-codec.js';
import type { TensorInput } from '../task/task.js';
import type { Preprocessor } from './preprocessor.js';

/** Creates the preprocessing of raw tensors: they go in as they are, under their own names. */
export function createTensorPreprocessor(input: TensorInput): Preprocessor {
  return {
    tensorNames: input.tensors.map(({ name }) => name),
    prepare: (bytes) =>
      decodeTensors(bytes, input).map(({ data, dims }, index) => {
        const { name, dtype } = input.tensors[index]!;
        return { name, dtype, data, dims };
      }),
  };
}
