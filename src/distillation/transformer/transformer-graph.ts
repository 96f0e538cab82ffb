import { encodeModel } from '../../onnx/encode-model.js';
import { Graph, type Dim, type Value } from '../../onnx/graph.js';
import * as op from '../../onnx/operators.js';
import type { Draw } from '../seeded-draw.js';
import { modelTensors } from '../training-graph.js';

/** The size of a transformer encoder with a head for the labels. */
export interface TransformerSize {
  readonly layers: number;
  /** A multiple of `heads`. */
  readonly width: number;
  readonly heads: number;
  readonly pieces: number;
  /** Positions. */
  readonly tokensMax: number;
  readonly classCount: number;
}

type Shape = readonly Dim[];
/** The wide layer inside of each block, in widths. */
const feedForwardFactor = 4;
const embeddingStd = 0.1;
/** Name of the embedding of pieces, a row each. */
export const pieceTable = 'pieces';
const tokens: Shape = ['batch', 'sequence'];

/**
 * Builds a text classifier with drawn weights, of any number of rows and tokens: embeddings of
 * pieces and positions, blocks of attention and GELU (each with its normalisation before it: they
 * learn without a long warm-up), one more normalisation, the mean over the tokens that the mask
 * lets in, a linear head.
 *
 * Inputs `input_ids` and `attention_mask`, [batch, sequence] int64; output `logits`,
 * [batch, classes] float32. All weights are named initializers.
 *
 * @param normal  standard normal draws.
 * @see Vaswani et al. 2017, "Attention Is All You Need", §3, arXiv:1706.03762; norms in front:
 *      Xiong et al. 2020, "On Layer Normalization in the Transformer Architecture",
 *      arXiv:2002.04745
 */
export function buildTransformer(size: TransformerSize, normal: Draw): Uint8Array {
  const graph = new Graph();
  const build = createBuilder(graph, normal);
  const { layers, width, pieces, tokensMax, classCount } = size;
  const ids = graph.input('input_ids', tokens, 'int64');
  const maskIds = graph.input('attention_mask', tokens, 'int64');
  const mask = op.toFloat32(graph, maskIds);

  const words = op.gather(graph, build.drawn(pieceTable, [pieces, width], embeddingStd), ids);
  const table = build.drawn('positions', [tokensMax, width], embeddingStd);
  let x = op.add(graph, words, firstRows(graph, table, ids));
  const bias = maskBias(graph, mask);
  // What a block adds is the smaller the more of them there are: the sum keeps its spread.
  const gain = 1 / Math.sqrt(2 * layers);
  for (let layer = 0; layer < layers; layer++) {
    const at = (name: string): string => `layer_${layer}/${name}`;
    const seen = build.norm(at('attention_norm'), x);
    x = op.add(graph, x, attention(build, { graph, x: seen, bias, size, at, gain }));
    const wide = { to: feedForwardFactor * width, gain: 1 };
    const inner = build.dense(at('up'), build.norm(at('mlp_norm'), x), wide);
    const active = graph.apply('Gelu', [inner], inner.shape);
    x = op.add(graph, x, build.dense(at('down'), active, { to: width, gain }));
  }
  const pooled = maskedMean(graph, build.norm('norm', x), mask);
  graph.output(modelTensors.output, build.dense('head', pooled, { to: classCount, gain: 1 }));
  return encodeModel(graph);
}

/** Multiply-adds of one text of so many tokens. */
export function multiplyAddsOf(size: TransformerSize, textTokens: number): number {
  const { layers, width, classCount } = size;
  const projections = (4 + 2 * feedForwardFactor) * width * width;
  const attending = 2 * textTokens * width; // Scores, and values weighted by them.
  return layers * textTokens * (projections + attending) + width * classCount;
}

interface Builder {
  drawn(name: string, shape: readonly number[], std: number): Value;
  /** x W + b, weights of variance gain^2 / inputs. */
  dense(name: string, x: Value, about: { readonly to: number; readonly gain: number }): Value;
  norm(name: string, x: Value): Value;
}

function createBuilder(graph: Graph, normal: Draw): Builder {
  const filled = (name: string, length: number, value: number): Value =>
    graph.constant(new Float32Array(length).fill(value), [length], name);
  function drawn(name: string, shape: readonly number[], std: number): Value {
    const length = shape.reduce((product, dim) => product * dim, 1);
    const data = Float32Array.from({ length }, () => std * normal());
    return graph.constant(data, shape, name);
  }
  return {
    drawn,
    dense(name, x, { to, gain }) {
      const from = Number(x.shape.at(-1));
      const weight = drawn(`${name}/weight`, [from, to], gain / Math.sqrt(from));
      const product = op.stackedMatMul(graph, x, weight);
      return op.add(graph, product, filled(`${name}/bias`, to, 0));
    },
    norm(name, x) {
      const width = Number(x.shape.at(-1));
      const inputs = [x, filled(`${name}/scale`, width, 1), filled(`${name}/bias`, width, 0)];
      const axis = x.shape.length - 1;
      return op.layerNormalization(graph, inputs, { axis, epsilon: 1e-5 })[0]!;
    },
  };
}

/** softmax(Q K' / sqrt(depth) + bias) V for each head, then one more projection. */
function attention(
  build: Builder,
  parts: {
    readonly graph: Graph;
    readonly x: Value;
    readonly bias: Value;
    readonly size: TransformerSize;
    readonly at: (name: string) => string;
    readonly gain: number;
  },
): Value {
  const { graph, x, bias, size, at, gain } = parts;
  const { width, heads } = size;
  const depth = width / heads;
  const cut: Shape = ['batch', 'sequence', heads, depth];
  const projected = (name: string): Value => {
    const all = build.dense(at(name), x, { to: width, gain: 1 });
    return keepingTokens(graph, all, cut);
  };
  const query = op.transpose(graph, projected('query'), [0, 2, 1, 3]);
  const key = op.transpose(graph, projected('key'), [0, 2, 3, 1]);
  const value = op.transpose(graph, projected('value'), [0, 2, 1, 3]);

  const products = op.stackedMatMul(graph, query, key);
  const scaled = op.mul(graph, products, op.scalar(graph, 1 / Math.sqrt(depth)));
  const scores = op.add(graph, scaled, bias);
  const shares = graph.apply('Softmax', [scores], scores.shape, { axis: { int: -1 } });
  const mixed = op.transpose(graph, op.stackedMatMul(graph, shares, value), [0, 2, 1, 3]);
  return build.dense(at('out'), keepingTokens(graph, mixed, x.shape), { to: width, gain });
}

/** Another cut of what each token has. */
function keepingTokens(graph: Graph, x: Value, shape: Shape): Value {
  const asItIs = [0, 0];
  const sizes = op.int64s(graph, [...asItIs, ...shape.slice(2).map(Number)]);
  return graph.apply('Reshape', [x, sizes], shape);
}

/** The first rows of a table, as many as `ids` has tokens. */
function firstRows(graph: Graph, table: Value, ids: Value): Value {
  const length = graph.apply('Shape', [ids], [1], { start: { int: 1 }, end: { int: 2 } });
  const zero = op.int64s(graph, [0]);
  return graph.apply('Slice', [table, zero, length, zero], ['sequence', table.shape[1]!]);
}

/** 0 where the mask is 1, and so low where it is 0 that no softmax gives it a share. */
function maskBias(graph: Graph, mask: Value): Value {
  const absent = op.add(graph, mask, op.scalar(graph, -1));
  const low = op.mul(graph, absent, op.scalar(graph, 1e4));
  return op.unsqueeze(graph, op.unsqueeze(graph, low, 1), 1); // [batch, 1, 1, sequence]
}

/** The mean of x [batch, sequence, width] over the tokens whose mask is 1. */
function maskedMean(graph: Graph, x: Value, mask: Value): Value {
  const column = op.unsqueeze(graph, mask, 2);
  const sum = op.reduceSum(graph, op.mul(graph, x, column), [1]);
  return op.div(graph, sum, op.reduceSum(graph, column, [1]));
}
