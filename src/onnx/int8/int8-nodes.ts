import { create } from '@bufbuild/protobuf';
import {
  AttributeProto_AttributeType,
  AttributeProtoSchema,
  NodeProtoSchema,
  TensorProto_DataType,
  TensorProtoSchema,
  type AttributeProto,
  type NodeProto,
  type TensorProto,
} from 'onnx-buf';
import { intAttribute } from '../decoded-model.js';
import { float32Tensor } from './int8-weights.js';

/*
 * The pieces of a model in 8 bits, as ONNX nodes. Names inside the graph start with the name of
 * what they belong to.
 */

/** Constants that all quantised rows share, by what they are for. */
export const shared = {
  lastAxis: 'int8/last-axis',
  largest: 'int8/largest',
  least: 'int8/least-step',
  zeroAndHalf: 'int8/zero-and-half',
  zeroByte: 'int8/zero-byte',
} as const;

/** Bytes of a row lie in 1..255, and 128 stands for 0: kernels want unsigned rows. */
const [largest, zero] = [127, 128];
/** A row of zeros alone has bytes too. */
const leastStep = 1e-30;

export const sharedConstants = (): readonly TensorProto[] => [
  create(TensorProtoSchema, {
    name: shared.lastAxis,
    dataType: TensorProto_DataType.INT64,
    dims: [1n],
    int64Data: [-1n],
  }),
  float32Tensor(shared.largest, Float32Array.of(largest), []),
  float32Tensor(shared.least, Float32Array.of(leastStep), []),
  float32Tensor(shared.zeroAndHalf, Float32Array.of(zero + 0.5), []),
  create(TensorProtoSchema, {
    name: shared.zeroByte,
    dataType: TensorProto_DataType.UINT8,
    dims: [],
    rawData: Uint8Array.of(zero),
  }),
];

/** Names of rows in bytes: x = step * (byte - 128). */
export interface QuantisedRows {
  /** [..., depth] uint8 */
  readonly bytes: string;
  /** [..., 1] float32 */
  readonly step: string;
}

export const quantisedNames = (rows: string): QuantisedRows => ({
  bytes: `${rows}/int8/bytes`,
  step: `${rows}/int8/step`,
});

/**
 * Rounds rows to 8 bits, each with a step of its own:
 *
 *     step = max(max |x| / 127, tiny),   byte = floor(x / step + 128.5)
 *
 * `DynamicQuantizeLinear` would take one step for all rows of a run: the answer to a row would
 * depend on the rows beside it.
 *
 * @param rows  name of [..., depth] float32.
 */
export function quantiseRows(rows: string, opset: number): readonly NodeProto[] {
  const named = (what: string): string => `${rows}/int8/${what}`;
  const { bytes, step } = quantisedNames(rows);
  const axes = opset < 18 ? [intsAttribute('axes', [-1n])] : [];
  const axesInput = opset < 18 ? [] : [shared.lastAxis];
  return [
    node('Abs', [rows], named('sizes')),
    {
      ...node('ReduceMax', [named('sizes'), ...axesInput], named('greatest')),
      attribute: [intAttribute('keepdims', 1n), ...axes],
    },
    node('Div', [named('greatest'), shared.largest], named('any-step')),
    node('Max', [named('any-step'), shared.least], step),
    node('Div', [rows, step], named('steps')),
    node('Add', [named('steps'), shared.zeroAndHalf], named('numbers')),
    cast(named('numbers'), bytes, TensorProto_DataType.UINT8), // Cuts off.
  ];
}

/** x W + bias of rows in bytes: exact sums of whole numbers, then the two scales. */
export function int8Product(
  rows: QuantisedRows,
  weights: { readonly bytes: string; readonly scales: string },
  { output, bias }: { readonly output: string; readonly bias: string | null },
): readonly NodeProto[] {
  const named = (what: string): string => `${output}/int8/${what}`;
  const product = bias === null ? output : named('product');
  return [
    node('MatMulInteger', [rows.bytes, weights.bytes, shared.zeroByte], named('sums')),
    cast(named('sums'), named('numbers'), TensorProto_DataType.FLOAT),
    node('Mul', [named('numbers'), rows.step], named('steps')),
    node('Mul', [named('steps'), weights.scales], product),
    ...(bias === null ? [] : [node('Add', [product, bias], output)]),
  ];
}

/** Weights from bytes: constant, so that ONNX Runtime computes them once, when it loads. */
export const unfolded = (
  weights: { readonly bytes: string; readonly scales: string },
  output: string,
): readonly NodeProto[] => [
  cast(weights.bytes, `${output}/numbers`, TensorProto_DataType.FLOAT),
  node('Mul', [`${output}/numbers`, weights.scales], output),
];

/** The same rows of a table as `lookUp` finds, each from its bytes and its scale. */
export const int8Rows = (
  lookUp: NodeProto,
  weights: { readonly bytes: string; readonly scales: string },
): readonly NodeProto[] => {
  const [, numbers] = lookUp.input;
  const [output] = lookUp.output;
  const named = (what: string): string => `${output}/int8/${what}`;
  const look = (table: string, found: string) => ({
    ...lookUp,
    name: '',
    input: [table, numbers!],
    output: [found],
  });
  return [
    look(weights.bytes, named('bytes')),
    look(weights.scales, named('scales')),
    cast(named('bytes'), named('numbers'), TensorProto_DataType.FLOAT),
    node('Mul', [named('numbers'), named('scales')], output!),
  ];
};

const node = (opType: string, input: readonly string[], output: string): NodeProto =>
  create(NodeProtoSchema, { opType, input: [...input], output: [output] });

const cast = (from: string, output: string, type: TensorProto_DataType): NodeProto => ({
  ...node('Cast', [from], output),
  attribute: [intAttribute('to', BigInt(type))],
});

const intsAttribute = (name: string, ints: bigint[]): AttributeProto =>
  create(AttributeProtoSchema, { name, type: AttributeProto_AttributeType.INTS, ints });
