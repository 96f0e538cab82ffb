import type { TensorData } from './dtype.js';
import { decodeImage, isEightBit } from './image-codec.js';
import type { ImageInput, Input, InputSpec, TensorInput } from './task.js';
import { decodeTensors } from './tensor-codec.js';
import { numberOfFloat16 } from './float16.js';

/** One input as the body of a prediction may hold it. */
export type InputAsJson = string | { readonly [tensor: string]: ElementJson };

export type ElementJson = string | number | boolean | readonly ElementJson[];

/** Turns an input back into what a caller would send for it. */
export function jsonOfInput(input: Input, spec: InputSpec): InputAsJson {
  switch (spec.kind) {
    case 'image':
      return base64OfImage(input, spec);
    case 'text':
      return Buffer.from(input).toString('utf8');
    case 'tensor':
      return jsonOfTensors(input, spec);
  }
}

function base64OfImage(input: Input, spec: ImageInput): string {
  const bytes = isEightBit(input, spec)
    ? input
    : decodeImage(input, spec).map((value) => Math.round(value * 255));
  return Buffer.from(bytes).toString('base64');
}

function jsonOfTensors(
  input: Input,
  spec: TensorInput,
): { readonly [tensor: string]: ElementJson } {
  const values = decodeTensors(input, spec);
  return Object.fromEntries(
    spec.tensors.map(({ name, dtype }, index) => {
      const { data, dims } = values[index]!;
      const elements = Array.from<TensorData[number], ElementJson>(data, (element) => {
        if (typeof element === 'bigint') return String(element);
        return dtype === 'float16' ? numberOfFloat16(Number(element)) : element;
      });
      return [name, nested(elements, dims)];
    }),
  );
}

function nested(elements: readonly ElementJson[], dims: readonly number[]): ElementJson {
  const [length, ...rest] = dims;
  if (length === undefined) return elements[0]!;
  const size = elements.length / length;
  return Array.from({ length }, (_, k) => nested(elements.slice(k * size, (k + 1) * size), rest));
}
