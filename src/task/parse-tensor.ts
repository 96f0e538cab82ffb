import type { TensorData } from './dtype.js';
import { sizeOf, type TensorValue } from './tensor-codec.js';
import type { TensorSpec } from './task.js';
import { typedArrays } from './typed-arrays.js';
import { elementTypes, type Element, type ElementType } from './element-types.js';
import { invalidField } from './invalid-field.js';
import { countOf, showValue } from './show-value.js';

/** Of one tensor of one input: 8 MiB of the widest numbers. */
export const tensorElementsMax = 1_048_576;

/**
 * Reads one tensor of one input.
 *
 * @param value  the element itself for shape []; else lists nested by the axes, or one flat list
 *               where the task fixes the length of every axis. An axis that it leaves open is as
 *               long as the first list there, at least 1.
 * @param field  where it stands in the body, for messages.
 * @throws {InvalidInputError} naming the list or the element that is wrong.
 */
export function parseTensor(value: unknown, spec: TensorSpec, field: string): TensorValue {
  const dims = dimsOf(value, spec, field);
  const count = sizeOf(dims);
  if (count > tensorElementsMax)
    throw invalidField({
      field,
      expected: `at most ${tensorElementsMax} elements`,
      got: `${count}, shaped ${shapeText(dims)}`,
    });
  const data: Writable =
    spec.dtype === 'string' ? new Array<string>(count) : new typedArrays[spec.dtype](count);
  const element = elementTypes[spec.dtype];
  if (isFlat(value, spec)) copyFlat(value, { data, dims, element }, field);
  else if (dims.length > 0)
    copyNested(value, { data, dims, element }, { axis: 0, start: 0, field });
  else data[0] = element.read(value) ?? refuse(value, element, field);
  return { data: data as TensorData, dims };
}

/** `[2, ?]`: a question mark where the task leaves the length open. */
export const shapeText = (shape: TensorSpec['shape']): string =>
  `[${shape.map((length) => length ?? '?').join(', ')}]`;

type Writable = Record<number, Element>;

interface Target {
  readonly data: Writable;
  readonly dims: readonly number[];
  readonly element: ElementType;
}

interface Place {
  readonly axis: number;
  /** Index of its first element in the data. */
  readonly start: number;
  readonly field: string;
}

/** Open axes are as long as the first list that stands there. */
function dimsOf(value: unknown, spec: TensorSpec, field: string): readonly number[] {
  if (isFlat(value, spec)) return spec.shape.map(Number);
  const dims: number[] = [];
  let list = value;
  let at = field;
  for (const length of spec.shape) {
    const first = checkList(list, { length, shape: spec.shape, field: at });
    dims.push(first.length);
    list = first[0];
    at += '[0]';
  }
  return dims;
}

const isFlat = (value: unknown, { shape }: TensorSpec): value is readonly unknown[] =>
  shape.length > 1 && !shape.includes(null) && Array.isArray(value) && !Array.isArray(value[0]);

function copyFlat(list: readonly unknown[], { data, dims, element }: Target, field: string): void {
  const count = sizeOf(dims);
  if (list.length !== count)
    throw invalidField({
      field,
      expected: `${countOf(count, 'element')}, flat or nested as ${shapeText(dims)}`,
      got: countOf(list.length, 'element'),
    });
  for (let k = 0; k < count; k++)
    data[k] = element.read(list[k]) ?? refuse(list[k], element, `${field}[${k}]`);
}

function copyNested(value: unknown, target: Target, { axis, start, field }: Place): void {
  const { data, dims, element } = target;
  const list = checkList(value, { length: dims[axis]!, shape: dims, field });
  if (axis === dims.length - 1) {
    for (let k = 0; k < list.length; k++)
      data[start + k] = element.read(list[k]) ?? refuse(list[k], element, `${field}[${k}]`);
    return;
  }
  const stride = sizeOf(dims.slice(axis + 1));
  list.forEach((inner, k) => {
    const place = { axis: axis + 1, start: start + k * stride, field: `${field}[${k}]` };
    copyNested(inner, target, place);
  });
}

interface ListPlace {
  /** null for any, at least 1. */
  readonly length: number | null;
  readonly shape: TensorSpec['shape'];
  readonly field: string;
}

function checkList(value: unknown, { length, shape, field }: ListPlace): readonly unknown[] {
  const isList =
    Array.isArray(value) && (length === null ? value.length > 0 : value.length === length);
  if (isList) return value;
  const expected = `a list of ${length ?? 'at least 1'} in the shape ${shapeText(shape)}`;
  const isOther = Array.isArray(value) && value.length > 0;
  throw invalidField({
    field,
    expected,
    got: isOther ? `a list of ${value.length}` : showOf(value),
  });
}

function refuse(value: unknown, { expected }: ElementType, field: string): never {
  throw invalidField({ field, expected, got: showOf(value) });
}

/** The end of a list that is too short is undefined. */
const showOf = (value: unknown): string => (value === undefined ? 'nothing' : showValue(value));
