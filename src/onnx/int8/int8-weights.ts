import { create } from '@bufbuild/protobuf';
import {
  TensorProto_DataLocation,
  TensorProto_DataType,
  TensorProtoSchema,
  type TensorProto,
} from 'onnx-buf';
import { toBytes } from './to-bytes.js';

/**
 * Greatest weight of a product, in bytes. Kernels of processors without dot products of bytes add
 * two products, of 255 by a weight each, in 16 bits and saturate: with 64 the sum is at most
 * 32 640, and integer arithmetic gives the same on every processor.
 */
const productByteMax = 64;
const keptByteMax = 127;

/** Weights in bytes and their scales, as constants of a model. */
export interface Int8Weights {
  readonly bytes: TensorProto;
  readonly scales: TensorProto;
}

const float32: number = TensorProto_DataType.FLOAT;

/** Whether a constant is of float32 numbers that lie in the model itself. */
export const isFloat32 = ({ dataType, dataLocation }: TensorProto): boolean =>
  dataType === float32 && dataLocation !== TensorProto_DataLocation.EXTERNAL;

export interface ProductWeightsOptions {
  /** What the constants' names start with. */
  readonly name: string;
  readonly isTransposed: boolean;
  /** What the product is multiplied by. */
  readonly factor: number;
}

/**
 * @param weights  [depth, outputs], or [outputs, depth] where `isTransposed`.
 * @returns        bytes [depth, outputs]; scales [outputs].
 */
export function productWeights(weights: TensorProto, options: ProductWeightsOptions): Int8Weights {
  const { name, isTransposed, factor } = options;
  const [first, second] = weights.dims.map(Number) as [number, number];
  const [depth, outputs] = isTransposed ? [second, first] : [first, second];
  const given = float32sOf(weights);
  const byColumns = isTransposed ? transposed(given, outputs, depth) : given;
  const largest = productByteMax;
  const { bytes, scales } = toBytes(byColumns, { channels: outputs, runLength: 1, largest });
  const scaled = scales.map((scale) => scale * factor);
  return {
    bytes: int8Tensor(`${name}/bytes`, bytes, [depth, outputs]),
    scales: float32Tensor(`${name}/scales`, scaled, [outputs]),
  };
}

/**
 * @param channelAxis  whose entries have a scale each: the first one (rows of a table, kernels), or
 *                     the last (outputs of a product).
 * @returns            bytes as the weights lie, and scales that broadcast to them.
 */
export function keptWeights(
  weights: TensorProto,
  { name, channelAxis }: { readonly name: string; readonly channelAxis: 'first' | 'last' },
): Int8Weights {
  const dims = weights.dims.map(Number);
  const numbers = float32sOf(weights);
  const isFirst = channelAxis === 'first';
  const channels = dims.at(isFirst ? 0 : -1)!;
  const runLength = isFirst ? numbers.length / channels : 1;
  const { bytes, scales } = toBytes(numbers, { channels, runLength, largest: keptByteMax });
  const scaleDims = isFirst ? [channels, ...dims.slice(1).map(() => 1)] : [channels];
  return {
    bytes: int8Tensor(`${name}/bytes`, bytes, dims),
    scales: float32Tensor(`${name}/scales`, scales, scaleDims),
  };
}

function float32sOf({ floatData, rawData }: TensorProto): Float32Array {
  if (floatData.length > 0) return Float32Array.from(floatData);
  return new Float32Array(Uint8Array.from(rawData).buffer); // Little-endian, as everywhere here.
}

function transposed(numbers: Float32Array, rows: number, columns: number): Float32Array {
  const result = new Float32Array(numbers.length);
  for (let row = 0; row < rows; row++)
    for (let column = 0; column < columns; column++)
      result[column * rows + row] = numbers[row * columns + column]!;
  return result;
}

const int8Tensor = (name: string, bytes: Int8Array, dims: readonly number[]): TensorProto =>
  create(TensorProtoSchema, {
    name,
    dataType: TensorProto_DataType.INT8,
    dims: dims.map(BigInt),
    rawData: Uint8Array.from(new Uint8Array(bytes.buffer)),
  });

export const float32Tensor = (
  name: string,
  numbers: Float32Array,
  dims: readonly number[],
): TensorProto =>
  create(TensorProtoSchema, {
    name,
    dataType: TensorProto_DataType.FLOAT,
    dims: dims.map(BigInt),
    rawData: new Uint8Array(numbers.slice().buffer),
  });
