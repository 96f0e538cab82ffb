import type { TensorData } from './dtype.js';
import type { Input, TensorInput, TensorSpec } from './task.js';
import { decodeText } from './text-codec.js';
import { typedArrays, type NumericData, type NumericDtype } from './typed-arrays.js';

/** The elements of one tensor, row-major, and the length of each axis. */
export interface TensorValue {
  readonly data: TensorData;
  readonly dims: readonly number[];
}

/** Each part starts at a multiple of this, in bytes, so that typed arrays can lie over it. */
const alignment = 8;
/** Of a length, bytes: uint32, little-endian. */
const lengthBytes = 4;
const signBitFloat16 = 0x8000;
const exponentFloat16 = 0x7c00;

/**
 * Writes the tensors of one input as its canonical bytes. Equal values give equal bytes.
 *
 * For each tensor, in the order of the task: the length of each axis that the task leaves open
 * (uint32), zeros up to a multiple of 8 bytes, the elements, zeros up to a multiple of 8 bytes.
 * Numbers are little-endian, as on every machine that ONNX Runtime runs on, and -0 is written as 0.
 * A string is its length in bytes (uint32), then UTF-8.
 *
 * @param values  one for each of `input.tensors`, in their order. Not modified.
 * @throws {RangeError} when a value does not fit its spec, or is NaN or infinite.
 */
export function encodeTensors(values: readonly TensorValue[], input: TensorInput): Input {
  if (values.length !== input.tensors.length)
    throw new RangeError(`${values.length} tensors given for ${input.tensors.length}.`);
  const parts = input.tensors.flatMap((spec, index) => {
    const { data, dims } = values[index]!;
    const isShaped =
      dims.length === spec.shape.length &&
      dims.every((length, axis) => length === (spec.shape[axis] ?? length)) &&
      data.length === sizeOf(dims);
    if (!isShaped)
      throw new RangeError(`${spec.name}: ${data.length} elements shaped [${dims.join()}].`);
    const open = dims.filter((_, axis) => spec.shape[axis] === null);
    return [new Uint8Array(Uint32Array.from(open).buffer), bytesOf(data, spec)];
  });
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + aligned(part.byteLength), 0));
  let offset = 0;
  for (const part of parts) {
    bytes.set(part, offset);
    offset += aligned(part.byteLength);
  }
  return bytes;
}

/**
 * Reads what `encodeTensors` wrote. Numbers are views of `bytes` where these start at a multiple of
 * 8 in their buffer; otherwise `bytes` are copied once.
 *
 * @returns one for each of `input.tensors`, in their order.
 * @throws {RangeError} when the bytes are not those of such an input.
 */
export function decodeTensors(bytes: Input, input: TensorInput): readonly TensorValue[] {
  const reader = createReader(bytes.byteOffset % alignment === 0 ? bytes : new Uint8Array(bytes));
  const values = input.tensors.map((spec): TensorValue => {
    const openAxes = spec.shape.filter((length) => length === null).length;
    const lengths = [...reader.numbers('uint32', openAxes)].map(Number);
    let read = 0;
    const dims = spec.shape.map((length) => length ?? lengths[read++]!);
    const count = sizeOf(dims);
    const { dtype } = spec;
    return { data: dtype === 'string' ? reader.texts(count) : reader.numbers(dtype, count), dims };
  });
  reader.end();
  return values;
}

function createReader(bytes: Uint8Array) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let offset = 0;

  /** @returns where the next part starts, which is then behind us. */
  function skip(length: number): number {
    const start = offset;
    if (!(length <= bytes.byteLength - start)) throw new RangeError('The tensors are cut short.');
    offset += length;
    return start;
  }

  return {
    numbers(dtype: NumericDtype, count: number): NumericData {
      const type = typedArrays[dtype];
      const start = skip(aligned(count * type.BYTES_PER_ELEMENT));
      return new type(bytes.buffer, bytes.byteOffset + start, count);
    },
    texts(count: number): readonly string[] {
      const texts: string[] = [];
      while (texts.length < count) {
        const length = view.getUint32(skip(lengthBytes), true);
        const start = skip(length);
        texts.push(decodeText(bytes.subarray(start, start + length)));
      }
      skip(aligned(offset) - offset);
      return texts;
    },
    end() {
      if (offset !== bytes.byteLength) throw new RangeError('Bytes follow after the tensors.');
    },
  };
}

function bytesOf(data: TensorData, { name, dtype }: TensorSpec): Uint8Array {
  if (dtype === 'string') {
    if (Array.isArray(data)) return bytesOfTexts(data as readonly string[]);
    throw new RangeError(`${name}: a string tensor is a list.`);
  }
  if (!(data instanceof typedArrays[dtype]))
    throw new RangeError(`${name}: a ${dtype} tensor is a ${typedArrays[dtype].name}.`);
  const own = data.slice();
  if (!makeCanonical(own, dtype)) throw new RangeError(`${name}: not a ${dtype} of an input.`);
  return new Uint8Array(own.buffer, own.byteOffset, own.byteLength);
}

/** Turns -0 into 0. @returns false where there is NaN, an infinity, or a bool beyond 0 and 1. */
function makeCanonical(data: NumericData, dtype: NumericDtype): boolean {
  if (data instanceof Float32Array || data instanceof Float64Array) {
    for (let k = 0; k < data.length; k++) data[k] = data[k]! + 0;
    return data.every(Number.isFinite);
  }
  if (dtype === 'float16' && data instanceof Uint16Array) {
    for (let k = 0; k < data.length; k++) if (data[k] === signBitFloat16) data[k] = 0;
    return data.every((bits) => (bits & exponentFloat16) !== exponentFloat16);
  }
  return dtype !== 'bool' || (data as Uint8Array).every((bit) => bit <= 1);
}

/** A buffer for each text would take three times as long. */
function bytesOfTexts(texts: readonly string[]): Uint8Array {
  const size = texts.reduce((sum, text) => sum + lengthBytes + Buffer.byteLength(text), 0);
  const bytes = Buffer.alloc(size);
  let offset = 0;
  for (const text of texts) {
    const length = bytes.write(text, offset + lengthBytes);
    bytes.writeUInt32LE(length, offset);
    offset += lengthBytes + length;
  }
  return bytes;
}

/** Elements of a tensor. */
export const sizeOf = (dims: readonly number[]): number =>
  dims.reduce((size, length) => size * length, 1);
const aligned = (length: number): number => Math.ceil(length / alignment) * alignment;
