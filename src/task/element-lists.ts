import { InvalidInputError } from '../errors.js';
import { isObject } from '../files/is-object.js';
import type { Dtype } from './dtype.js';
import { plainNumberOf } from './element-cells.js';
import { flattenLists } from './flatten-lists.js';
import { parseTensor, tensorElementsMax } from './parse-tensor.js';
import { encodeTensors, sizeOf, type TensorValue } from './tensor-codec.js';
import type { Input, TensorInput, TensorSpec } from './task.js';

/**
 * Reads tensors from one cell of a table as a prediction has them: of several an object of them by
 * name, of one also itself; lists, or a lone element where there is but one. A table may have
 * numbers as texts, and lists flat that a prediction nests, or the other way round.
 *
 * @returns the input, or what is wrong with it: ends a sentence that the cell's name begins.
 */
export function inputOfLists(value: unknown, input: TensorInput): Input | string {
  const tensors: TensorValue[] = [];
  for (const spec of input.tensors) {
    const isNamed = isObject(value) && spec.name in value;
    if (!isNamed && (isObject(value) || input.tensors.length > 1))
      return `must have the tensor ${spec.name}.`;
    const read = tensorOf(isNamed ? value[spec.name] : value, spec);
    if (typeof read === 'string') return `is wrong: ${read}`;
    tensors.push(read);
  }
  return encodeTensors(tensors, input);
}

function tensorOf(given: unknown, spec: TensorSpec): TensorValue | string {
  const plain = plainOf(given, spec.dtype, listsDepthMax);
  const asNested = parsed(plain, spec);
  if (typeof asNested !== 'string') return asNested;
  const isFlat = !Array.isArray(plain) || !plain.some(Array.isArray);
  const isOfOneLength = spec.shape.length === 1 && spec.shape[0] !== null;
  if (!isFlat && !isOfOneLength) return asNested;
  const elements = flattenLists([plain], tensorElementsMax + 1);
  const dims = dimsOf(elements.length, spec);
  if (dims === null) return asNested;
  const read = parsed(elements, { ...spec, shape: [elements.length] });
  return typeof read === 'string' ? read : { data: read.data, dims };
}

function parsed(value: unknown, spec: TensorSpec): TensorValue | string {
  try {
    return parseTensor(value, spec, spec.name);
  } catch (error) {
    if (error instanceof InvalidInputError) return error.message;
    throw error;
  }
}

/** Of so many elements in a flat list; null: they can not be told. */
function dimsOf(count: number, { shape }: TensorSpec): readonly number[] | null {
  const fixed = sizeOf(shape.filter((length) => length !== null));
  const open = shape.filter((length) => length === null).length;
  const isWhole = open === 0 ? count === fixed : count > 0 && count % fixed === 0;
  return open > 1 || !isWhole ? null : shape.map((length) => length ?? count / fixed);
}

/** Deeper than any shape: what is nested further is no tensor. */
const listsDepthMax = 32;

/** Numbers as a prediction has them; what is none stays as it is. */
function plainOf(value: unknown, dtype: Dtype, depthMax: number): unknown {
  if (Array.isArray(value) && depthMax > 0)
    return value.map((element) => plainOf(element, dtype, depthMax - 1));
  if (dtype === 'string' || Array.isArray(value)) return value;
  return plainNumberOf(value, dtype) ?? value;
}
