import {
  createNormalDraw,
  createSeededDraw,
  type Draw,
} from '../../src/distillation/seeded-draw.js';
import { Graph, type Dim, type Value } from '../../src/onnx/graph.js';
import { add, int64s, mul, scalar } from '../../src/onnx/operators.js';

/** The size of a BERT-like text classifier. */
export interface EncoderSize {
  readonly layers: number;
  readonly width: number;
  readonly heads: number;
  readonly feedForward: number;
  readonly vocabulary: number;
  readonly positions: number;
  readonly labels: number;
}

/** Layers, width, heads and feed-forward of all-MiniLM-L6-v2, and of two smaller siblings. */
export const largeEncoder = { layers: 6, width: 384, heads: 12, feedForward: 1536 } as const;
export const smallEncoder = { layers: 2, width: 128, heads: 2, feedForward: 512 } as const;
export const tinyEncoder = { layers: 2, width: 32, heads: 2, feedForward: 128 } as const;

type Shape = readonly Dim[];

/**
 * Builds a text classifier with random weights: what it answers is worth nothing, what it costs
 * is what a trained one of its size costs. Token and position embeddings, post-norm layers of
 * attention and GELU, mean over the tokens that the mask lets in, a linear head.
 *
 * Inputs `input_ids` and `attention_mask`, [batch, sequence] int64; output `logits`,
 * [batch, labels] float32.
 *
 * @see Devlin et al. 2019, "BERT", arXiv:1810.04805; Wang et al. 2020, "MiniLM", arXiv:2002.10957
 */
export function buildEncoder(size: EncoderSize, seed: number): Graph {
  const graph = new Graph();
  const weights = createWeights(graph, createNormalDraw(createSeededDraw(seed)));
  const { width, vocabulary, positions, labels } = size;
  const tokens: Shape = ['batch', 'sequence'];
  const ids = graph.input('input_ids', tokens, 'int64');
  const maskIds = graph.input('attention_mask', tokens, 'int64');
  const mask = graph.apply('Cast', [maskIds], tokens, { to: { int: onnxFloat } });
  const hidden: Shape = [...tokens, width];

  const words = graph.apply('Gather', [weights.normal([vocabulary, width], 1), ids], hidden);
  const places = firstRows(graph, weights.normal([positions, width], 0.3), ids);
  let x = layerNorm(graph, add(graph, words, places));
  const bias = maskBias(graph, mask);
  for (let layer = 0; layer < size.layers; layer++) {
    const attended = attention({ graph, weights, x, bias, size });
    x = layerNorm(graph, add(graph, x, attended));
    const wide = dense({ graph, weights, x, from: width, to: size.feedForward });
    const active = graph.apply('Gelu', [wide], wide.shape);
    const narrow = dense({ graph, weights, x: active, from: size.feedForward, to: width });
    x = layerNorm(graph, add(graph, x, narrow));
  }
  const pooled = maskedMean(graph, x, mask);
  graph.output('logits', dense({ graph, weights, x: pooled, from: width, to: labels, gain: 4 }));
  return graph;
}

/** Multiply-adds of one text of so many tokens. */
export function multiplyAddsOf(size: EncoderSize, tokens: number): number {
  const { layers, width, feedForward, labels } = size;
  const projections = 4 * width * width + 2 * width * feedForward;
  const attending = 2 * tokens * width; // Scores, and values weighted by them.
  return layers * tokens * (projections + attending) + width * labels;
}

/** ONNX's number for float32 in the operator Cast. */
const onnxFloat = 1;

interface Weights {
  normal(shape: readonly number[], std: number): Value;
}

function createWeights(graph: Graph, normal: Draw): Weights {
  return {
    normal(shape, std) {
      const count = shape.reduce((product, length) => product * length, 1);
      const data = new Float32Array(count);
      for (let at = 0; at < count; at++) data[at] = normal() * std;
      return graph.constant(data, shape);
    },
  };
}

interface Parts {
  readonly graph: Graph;
  readonly weights: Weights;
  readonly x: Value;
}

/** x W + b with weights of variance gain^2 / from, which keeps the variance of x times gain^2. */
function dense(
  options: Parts & { readonly from: number; readonly to: number; readonly gain?: number },
): Value {
  const { graph, weights, x, from, to, gain = 1 } = options;
  const weight = weights.normal([from, to], gain / Math.sqrt(from));
  const product = graph.apply('MatMul', [x, weight], [...x.shape.slice(0, -1), to]);
  return add(graph, product, weights.normal([to], 0.02));
}

/** softmax(Q K' / sqrt(d) + bias) V for each head, then one more projection. */
function attention(options: Parts & { readonly bias: Value; readonly size: EncoderSize }): Value {
  const { graph, x, bias, size } = options;
  const { width, heads } = size;
  const depth = width / heads;
  const projected = (perm: readonly number[], shape: Shape): Value => {
    const all = dense({ ...options, from: width, to: width });
    const cut = int64s(graph, [0, 0, heads, depth]); // 0: as it is.
    const split = graph.apply('Reshape', [all, cut], ['batch', 'sequence', heads, depth]);
    return graph.apply('Transpose', [split], shape, { perm: { ints: perm } });
  };
  const byHead: Shape = ['batch', heads, 'sequence', depth];
  const query = projected([0, 2, 1, 3], byHead);
  const key = projected([0, 2, 3, 1], ['batch', heads, depth, 'sequence']);
  const value = projected([0, 2, 1, 3], byHead);

  const square: Shape = ['batch', heads, 'sequence', 'sequence'];
  const products = graph.apply('MatMul', [query, key], square);
  const scores = add(graph, mul(graph, products, scalar(graph, 1 / Math.sqrt(depth))), bias);
  const shares = graph.apply('Softmax', [scores], square, { axis: { int: -1 } });
  const mixed = graph.apply('MatMul', [shares, value], byHead);
  const back = graph.apply('Transpose', [mixed], ['batch', 'sequence', heads, depth], {
    perm: { ints: [0, 2, 1, 3] },
  });
  const joined = graph.apply('Reshape', [back, int64s(graph, [0, 0, width])], x.shape);
  return dense({ ...options, x: joined, from: width, to: width });
}

function layerNorm(graph: Graph, x: Value): Value {
  const width = Number(x.shape.at(-1));
  const scale = graph.constant(new Float32Array(width).fill(1), [width]);
  const shift = graph.constant(new Float32Array(width), [width]);
  const attributes = { axis: { int: -1 }, epsilon: { float: 1e-12 } };
  return graph.apply('LayerNormalization', [x, scale, shift], x.shape, attributes);
}

/** The first rows of a table, as many as `ids` has tokens. */
function firstRows(graph: Graph, table: Value, ids: Value): Value {
  const length = graph.apply('Shape', [ids], [1], { start: { int: 1 }, end: { int: 2 } });
  const axis = int64s(graph, [0]);
  return graph.apply('Slice', [table, axis, length, axis], ['sequence', table.shape[1]!]);
}

/** 0 where the mask is 1, and so low where it is 0 that no softmax gives it a share. */
function maskBias(graph: Graph, mask: Value): Value {
  const low = mul(graph, add(graph, mask, scalar(graph, -1)), scalar(graph, 1e4));
  return graph.apply('Unsqueeze', [low, int64s(graph, [1, 2])], ['batch', 1, 1, 'sequence']);
}

/** The mean of x [batch, sequence, width] over the tokens whose mask is 1. */
function maskedMean(graph: Graph, x: Value, mask: Value): Value {
  const last = int64s(graph, [2]);
  const column = graph.apply('Unsqueeze', [mask, last], ['batch', 'sequence', 1]);
  const [middle, keepDims] = [int64s(graph, [1]), { keepdims: { int: 0 } }];
  const masked = mul(graph, x, column);
  const sum = graph.apply('ReduceSum', [masked, middle], ['batch', x.shape[2]!], keepDims);
  const count = graph.apply('ReduceSum', [column, middle], ['batch', 1], keepDims);
  return graph.apply('Div', [sum, count], sum.shape);
}
