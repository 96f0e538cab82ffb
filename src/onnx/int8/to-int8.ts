import type { GraphProto, NodeProto, TensorProto } from 'onnx-buf';
import {
  constantsOf,
  decodeModel,
  encodeWith,
  floatOf,
  graphOf,
  intOf,
  isConstant,
  isOfOnnx,
  opsetOf,
  type Constants,
} from '../decoded-model.js';
import {
  int8Product,
  int8Rows,
  quantisedNames,
  quantiseRows,
  sharedConstants,
  unfolded,
} from './int8-nodes.js';
import { isFloat32, keptWeights, productWeights, type Int8Weights } from './int8-weights.js';

/** A model in 8 bits, and what of it is so. */
export interface Int8Model {
  readonly model: Uint8Array;
  /** Products that are computed in 8 bits. */
  readonly products: number;
  /** Tables, convolutions and small products whose weights alone are kept in 8 bits. */
  readonly kept: number;
}

/** Fewer weights are left alone. */
const weightsMin = 1_024;
/**
 * Rounding rows and scaling sums costs as their depth and outputs do, what bytes save as the two
 * multiplied. Below this depth x outputs / (depth + outputs) a product takes longer in 8 bits than
 * in floats (128x128, at 64: a tenth longer; 784x128, at 110: as long; 384x1536, at 307: 0.6 of the
 * time; one thread, AVX2, `npm run bench -- --only compress`).
 */
const productGainMin = 100;
/** The first with products of bytes. */
const opsetMin = 10;

/**
 * Rewrites a model so that its weights take 8 bits: dynamic quantisation, row by row. Large
 * products of rows with a constant matrix (MatMul, Gemm) become products of bytes; tables (Gather)
 * give rows from bytes; convolutions and small products get their weights from bytes as the model
 * is loaded, and compute in floats: in 8 bits they are slower. Everything else stays. Rows do not
 * depend on each other after it if they did not before.
 *
 * @param bytes  an ONNX model of whatever origin.
 * @returns      null when there is nothing to rewrite.
 * @throws {Error} when the bytes are no model.
 */
export function toInt8(bytes: Uint8Array): Int8Model | null {
  const model = decodeModel(bytes);
  const graph = graphOf(model);
  const opset = opsetOf(model);
  if (opset < opsetMin) return null;
  const rewriting = new Rewriting(constantsOf(graph), { opset, uses: usesOf(graph) });
  const node = graph.node.flatMap((one) => rewriting.rewrite(one));
  const { products, kept, added } = rewriting;
  if (products + kept === 0) return null;
  const constants = products === 0 ? [] : sharedConstants();
  const initializer = [...graph.initializer, ...constants, ...added];
  const rewritten = withoutUnused({ ...graph, node, initializer });
  return { model: encodeWith(model, rewritten), products, kept };
}

class Rewriting {
  products = 0;
  kept = 0;
  readonly added: TensorProto[] = [];
  private readonly quantised = new Set<string>();
  private readonly weights = new Map<string, { bytes: string; scales: string }>();

  constructor(
    private readonly constants: Constants,
    private readonly about: {
      readonly opset: number;
      readonly uses: ReadonlyMap<string, number>;
    },
  ) {}

  rewrite(node: NodeProto): readonly NodeProto[] {
    if (!isOfOnnx(node)) return [node];
    switch (node.opType) {
      case 'MatMul':
      case 'Gemm':
        return this.product(node);
      case 'Gather':
        return this.lookUp(node);
      case 'Conv':
        return this.fromBytes(node, 'first');
      default:
        return [node];
    }
  }

  private product(node: NodeProto): readonly NodeProto[] {
    const [rows, matrix, bias = ''] = node.input as [string, string, string?];
    const weights = this.floats(matrix);
    if (weights?.dims.length !== 2 || this.constants.has(rows)) return [node];
    const isGemm = node.opType === 'Gemm';
    const isTransposed = isGemm && intOf(node, 'transB', 0) !== 0;
    const [depth, outputs] = weights.dims.map(Number) as [number, number];
    const isLarge = (depth * outputs) / (depth + outputs) >= productGainMin;
    const isOther = isGemm && (intOf(node, 'transA', 0) !== 0 || floatOf(node, 'beta', 1) !== 1);
    if (!isLarge || isOther) return this.fromBytes(node, isTransposed ? 'first' : 'last');
    const factor = isGemm ? floatOf(node, 'alpha', 1) : 1;
    const name = `${matrix}/int8/${isTransposed ? 'transposed' : 'product'}/${factor}`;
    const int8 = this.keep(name, () => productWeights(weights, { name, isTransposed, factor }));
    this.products++;
    const isKnown = this.quantised.has(rows);
    this.quantised.add(rows);
    const about = { output: node.output[0]!, bias: bias === '' ? null : bias };
    return [
      ...(isKnown ? [] : quantiseRows(rows, this.about.opset)),
      ...int8Product(quantisedNames(rows), int8, about),
    ];
  }

  private lookUp(node: NodeProto): readonly NodeProto[] {
    const [table] = node.input as [string];
    const weights = this.ownFloats(table);
    if (weights?.dims.length !== 2 || intOf(node, 'axis', 0) !== 0) return [node];
    return int8Rows(node, this.keptOf(weights, table, 'first'));
  }

  /** The second input of a node, as floats from bytes. */
  private fromBytes(node: NodeProto, channelAxis: 'first' | 'last'): readonly NodeProto[] {
    const [rows, name, ...rest] = node.input as [string, string];
    const weights = this.ownFloats(name);
    if (weights === null) return [node];
    const output = `${name}/int8/floats`;
    const bytes = this.keptOf(weights, name, channelAxis);
    return [...unfolded(bytes, output), { ...node, input: [rows, output, ...rest] }];
  }

  /** Null also where others need the floats: they would be kept twice. */
  private ownFloats(name: string): TensorProto | null {
    return this.about.uses.get(name) === 1 ? this.floats(name) : null;
  }

  private floats(name: string): TensorProto | null {
    const tensor = this.constants.get(name);
    if (tensor === undefined || !isFloat32(tensor)) return null;
    const count = tensor.dims.reduce((product, dim) => product * Number(dim), 1);
    return count >= weightsMin ? tensor : null;
  }

  private keptOf(weights: TensorProto, of: string, channelAxis: 'first' | 'last') {
    this.kept++;
    const name = `${of}/int8`;
    return this.keep(name, () => keptWeights(weights, { name, channelAxis }));
  }

  private keep(key: string, make: () => Int8Weights) {
    const known = this.weights.get(key);
    if (known !== undefined) return known;
    const { bytes, scales } = make();
    this.added.push(bytes, scales);
    const names = { bytes: bytes.name, scales: scales.name };
    this.weights.set(key, names);
    return names;
  }
}

/** How often each value is read, by nodes inside of nodes (If, Loop) too, or given out. */
function usesOf(graph: GraphProto): ReadonlyMap<string, number> {
  const uses = new Map<string, number>();
  const use = (name: string): void => void uses.set(name, (uses.get(name) ?? 0) + 1);
  function visit({ node, output }: GraphProto): void {
    for (const { input, attribute } of node) {
      input.forEach(use);
      for (const { g, graphs } of attribute)
        [...(g === undefined ? [] : [g]), ...graphs].forEach(visit);
    }
    for (const { name } of output) use(name);
  }
  visit(graph);
  return uses;
}

/** Without constants that nobody reads any more; old models list them among the inputs, too. */
function withoutUnused(graph: GraphProto): GraphProto {
  const uses = usesOf(graph);
  const dropped = new Set(
    graph.initializer.map(({ name }) => name).filter((name) => !uses.has(name)),
  );
  return {
    ...graph,
    initializer: graph.initializer.filter(({ name }) => !dropped.has(name)),
    input: graph.input.filter(({ name }) => !dropped.has(name)),
    node: graph.node.filter((one) => !isConstant(one) || uses.has(one.output[0]!)),
  };
}
