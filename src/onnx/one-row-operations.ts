import { create } from '@bufbuild/protobuf';
import {
  NodeProtoSchema,
  ValueInfoProtoSchema,
  type GraphProto,
  type NodeProto,
  type TensorProto,
} from 'onnx-buf';
import {
  constantsOf,
  encodeWith,
  graphOf,
  intAttribute,
  isConstant,
  isOfOnnx,
  opsetOf,
  type Constants,
  type OnnxModel,
} from './decoded-model.js';

/** A node that ONNX Runtime computes by another kernel where its first input has a single row. */
export interface RowOperation {
  /** The name of what it gives. */
  readonly output: string;
  /** The name of its rows, the first input. */
  readonly rows: string;
  /** @param shape  of the rows in a run of one row. */
  readonly isOfOneRow: (shape: readonly number[]) => boolean;
}

/**
 * Finds the nodes of a model's main graph that could be such: products [..., depth] with a constant
 * matrix, and reductions of an axis between others (the mean over a text's tokens). Those round
 * differently; where the rows' first axis has length 1, they can be computed for two.
 */
export function rowOperationsOf({ graph }: OnnxModel): readonly RowOperation[] {
  if (graph === undefined) return [];
  const constants = constantsOf(graph);
  return graph.node.flatMap((node) => {
    if (!isOfOnnx(node)) return [];
    const isOfOneRow = productTest(node, constants) ?? reductionTest(node, constants);
    if (isOfOneRow === null) return [];
    return [{ rows: node.input[0]!, output: node.output[0]!, isOfOneRow }];
  });
}

function productTest(
  { opType, input, attribute }: NodeProto,
  constants: Constants,
): RowOperation['isOfOneRow'] | null {
  const [, weights, bias = ''] = input;
  if (constants.get(weights ?? '')?.dims.length !== 2) return null;
  const isTransposed = attribute.some(({ name, i }) => name === 'transA' && i !== 0n);
  // A bias of the rows' own would have too few of them.
  const isGemm = opType === 'Gemm' && !isTransposed && (bias === '' || constants.has(bias));
  if (opType !== 'MatMul' && !isGemm) return null;
  return (shape) => shape.length > 1 && shape.slice(0, -1).every((axis) => axis === 1);
}

const reductions = new Set(['ReduceSum', 'ReduceMean', 'ReduceL2']);

function reductionTest(
  { opType, input, attribute }: NodeProto,
  constants: Constants,
): RowOperation['isOfOneRow'] | null {
  if (!reductions.has(opType)) return null;
  const named = attribute.find(({ name }) => name === 'axes')?.ints;
  const axes = named ?? int64sOf(constants.get(input[1] ?? ''));
  if (axes.length === 0) return null;
  return (shape) => {
    const reduced = axes.map((axis) => (Number(axis) + shape.length) % shape.length);
    const first = Math.min(...reduced);
    const isLastKept = !reduced.includes(shape.length - 1);
    return first > 0 && isLastKept && shape.slice(0, first).every((axis) => axis === 1);
  };
}

function int64sOf(tensor: TensorProto | undefined): readonly bigint[] {
  if (tensor === undefined) return [];
  const { int64Data, rawData } = tensor;
  return int64Data.length > 0 ? int64Data : [...new BigInt64Array(new Uint8Array(rawData).buffer)];
}

/** The model that gives these values, too. ONNX Runtime finds out their types by itself. */
export function withOutputs(model: OnnxModel, names: readonly string[]): Uint8Array {
  const graph = graphOf(model);
  const known = new Set(graph.output.map(({ name }) => name));
  const added = [...new Set(names)].filter((name) => !known.has(name));
  const output = [...graph.output, ...added.map((name) => create(ValueInfoProtoSchema, { name }))];
  return encodeWith(model, { ...graph, output });
}

/**
 * The model that computes these nodes for their rows twice over, and drops the second half:
 *
 *     x W  =  the first half of  concat(x, x) W
 *
 * A model without single rows gives each row the same bits, whatever shares its run.
 *
 * @param operations  of `rowOperationsOf`, of one row in a run of one.
 */
export function inTwoRows(model: OnnxModel, operations: readonly RowOperation[]): Uint8Array {
  const graph = graphOf(model);
  const doubled = new Set(operations.map(({ output }) => output));
  const added = biasesAfter(graph, doubled);
  const absorbed = new Set(added.values());
  const opset = opsetOf(model);
  // First: the bias of a product, which is computed in the product's place, may be one of them.
  const constants = graph.node.filter(isConstant);
  const others = graph.node.filter((one) => !isConstant(one));
  const node = [...constants, ...others].flatMap((one) => {
    if (absorbed.has(one)) return [];
    if (!doubled.has(one.output[0]!)) return [one];
    return twice(one, added.get(one.output[0]!), opset);
  });
  return encodeWith(model, { ...graph, node });
}

/** By product: the node that adds a constant to it. The runtime sums the two in one kernel. */
function biasesAfter(
  graph: GraphProto,
  products: ReadonlySet<string>,
): ReadonlyMap<string, NodeProto> {
  const { node, output } = graph;
  const constants = constantsOf(graph);
  const isVector = (name: string): boolean => (constants.get(name)?.dims.length ?? 2) < 2;
  const given = new Set(output.map(({ name }) => name));
  const biases = new Map<string, NodeProto>();
  for (const product of products) {
    if (given.has(product)) continue;
    const [reader, another] = node.filter(({ input }) => input.includes(product));
    if (another !== undefined || reader?.opType !== 'Add') continue;
    if (reader.input.some(isVector)) biases.set(product, reader);
  }
  return biases;
}

function twice(node: NodeProto, bias: NodeProto | undefined, opset: number): readonly NodeProto[] {
  const [rows, ...rest] = node.input;
  const [product] = node.output;
  const output = bias?.output[0] ?? product;
  const both = `${product}/rows-twice`;
  const result = `${output}/twice`;
  const unbiased = bias === undefined ? result : `${product}/twice`;
  const inputOf = (name: string): string => (name === product ? unbiased : name);
  const halves = opset >= 18 ? [intAttribute('num_outputs', 2n)] : [];
  const alongRows = intAttribute('axis', 0n);
  return [
    create(NodeProtoSchema, {
      opType: 'Concat',
      input: [rows!, rows!],
      output: [both],
      attribute: [alongRows],
    }),
    { ...node, input: [both, ...rest], output: [unbiased] },
    ...(bias === undefined ? [] : [{ ...bias, input: bias.input.map(inputOf), output: [result] }]),
    create(NodeProtoSchema, {
      opType: 'Split',
      input: [result],
      output: [output!, `${output}/dropped`],
      attribute: [alongRows, ...halves],
    }),
  ];
}
