import { numberOfFloat16 } from '../../task/float16.js';
import { decodeTensors } from '../../task/tensor-codec.js';
import type { Input, TensorInput } from '../../task/task.js';
import type { NumericData } from '../../task/typed-arrays.js';

/** Fully connected layers of more numbers would be larger than any other student. */
const valuesMax = 65_536;

/** @returns why no student can be made of such tensors; null: one can. */
export function whyNoVector({ tensors }: TensorInput): string | null {
  const texts = tensors.filter(({ dtype }) => dtype === 'string').map(({ name }) => name);
  if (texts.length > 0) return `students are made of numbers, and ${texts.join(', ')} holds texts`;
  const open = tensors.filter(({ shape }) => shape.includes(null)).map(({ name }) => name);
  if (open.length > 0)
    return `students are made of tensors of fixed shapes, and ${open.join(', ')} has open axes`;
  const values = vectorSizeOf({ tensors });
  if (values <= valuesMax) return null;
  return `students are made of ${valuesMax} numbers at most, and an input has ${values}`;
}

/** Numbers of one input; shapes are fixed. */
export const vectorSizeOf = ({ tensors }: Pick<TensorInput, 'tensors'>): number =>
  tensors.reduce((sum, { shape }) => sum + sizeOf(shape), 0);

export const sizeOf = (shape: readonly (number | null)[]): number =>
  shape.reduce<number>((size, length) => size * length!, 1);

/** @returns [values] float32: one tensor after the other, row-major, as casts in a graph do it. */
export function vectorOfTensors(bytes: Input, input: TensorInput): Float32Array {
  const vector = new Float32Array(vectorSizeOf(input));
  let start = 0;
  decodeTensors(bytes, input).forEach(({ data }, index) => {
    vector.set(floatsOf(data as NumericData, input.tensors[index]!.dtype === 'float16'), start);
    start += data.length;
  });
  return vector;
}

function floatsOf(data: NumericData, isFloat16: boolean): ArrayLike<number> {
  if (data instanceof BigInt64Array || data instanceof BigUint64Array)
    return Array.from(data, Number);
  return isFloat16 ? Array.from(data as Uint16Array, numberOfFloat16) : data;
}
