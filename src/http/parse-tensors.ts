import { encodeTensors, type TensorValue } from '../task/tensor-codec.js';
import type { Input, TensorInput, TensorSpec } from '../task/task.js';
import { invalidField } from '../task/invalid-field.js';
import { parseTensor, shapeText } from '../task/parse-tensor.js';
import { shorten, showValue } from '../task/show-value.js';

/**
 * Reads one input of raw tensors of a request body.
 *
 * @param value  `{name: tensor, ...}`; where the task takes one tensor, also that tensor alone.
 * @param field  where it stands in the body, for messages.
 * @returns      its canonical bytes, see `tensor-codec.ts`.
 * @throws {InvalidInputError} naming the tensor or the element that is wrong.
 */
export function parseTensors(value: unknown, input: TensorInput, field: string): Input {
  const [only, ...others] = input.tensors;
  const isNamed = typeof value === 'object' && value !== null && !Array.isArray(value);
  if (!isNamed && only !== undefined && others.length === 0)
    return encodeTensors([parseTensor(value, only, field)], input);
  if (!isNamed)
    throw invalidField({
      field,
      expected: `an object of tensors (${namesOf(input)})`,
      got: showValue(value),
    });
  return encodeTensors(parseNamed(new Map(Object.entries(value)), input, field), input);
}

function parseNamed(
  tensors: ReadonlyMap<string, unknown>,
  input: TensorInput,
  field: string,
): readonly TensorValue[] {
  for (const name of tensors.keys()) {
    if (!input.tensors.some((spec) => spec.name === name))
      throw invalidField({
        field: `${field}.${shorten(name)}`,
        expected: `one of the tensors ${namesOf(input)}`,
        got: 'an unknown tensor',
      });
  }
  return input.tensors.map((spec) => {
    const at = `${field}.${spec.name}`;
    if (tensors.has(spec.name)) return parseTensor(tensors.get(spec.name), spec, at);
    throw invalidField({ field: at, expected: expectationOf(spec), got: 'nothing' });
  });
}

const expectationOf = ({ dtype, shape }: TensorSpec): string =>
  `a tensor of ${dtype} shaped ${shapeText(shape)}`;

const namesOf = ({ tensors }: TensorInput): string =>
  shorten(tensors.map(({ name }) => name).join(', '));
