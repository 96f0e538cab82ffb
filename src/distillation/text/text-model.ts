import { encodeModel } from '../../onnx/encode-model.js';
import { Graph, type Value } from '../../onnx/graph.js';
import * as op from '../../onnx/operators.js';
import type { StudentModel } from '../student-model.js';
import { modelTensors } from '../training-graph.js';
import type { TextNetwork } from './text-network.js';
import { textPreprocess, textTensors } from './text-preprocess.js';
import type { TextStudent } from './train-text-student.js';

/** A table of numbers in 8 bits, each row with its own scale: value = scale[row] * byte. */
export interface ByteTable {
  /** [rows, columns] in -127..127. */
  readonly bytes: Int8Array;
  /** [rows] */
  readonly scales: Float32Array;
}

/**
 * Rounds the embedding to 8 bits: a quarter of the file, and of the bytes that a request touches.
 * Of a sum over some hundred n-grams the rounding takes the fourth digit.
 */
export function byteTableOf({ embedding, places, hiddenSize }: TextNetwork): ByteTable {
  const bytes = new Int8Array(embedding.length);
  const scales = new Float32Array(places);
  for (let place = 0; place < places; place++) {
    const start = place * hiddenSize;
    let largest = 0;
    for (let j = start; j < start + hiddenSize; j++)
      largest = Math.max(largest, Math.abs(embedding[j]!));
    if (largest === 0) continue;
    scales[place] = largest / 127;
    for (let j = start; j < start + hiddenSize; j++)
      bytes[j] = Math.round(embedding[j]! / scales[place]!);
  }
  return { bytes, scales };
}

/**
 * Builds the model that serves a text student: buckets and weights as `textPreprocess` gives them,
 * logits and features of novelty out. Its embedding is that of `byteTableOf`.
 */
export function textModel({ vocabulary, network, centroids }: TextStudent): StudentModel {
  const { places, hiddenSize, classCount } = network;
  const { bytes, scales } = byteTableOf(network);
  const graph = new Graph();
  const ids = graph.input(textTensors.ids, ['batch', 'sequence'], 'int64');
  const weights = graph.input(textTensors.weights, ['batch', 'sequence']);

  const { placeOf, factors } = vocabulary;
  const place = op.gather(graph, graph.constant(placeOf, [placeOf.length], 'placeOf'), ids);
  const factor = op.gather(graph, graph.constant(factors, [places], 'factors'), place);
  const scale = op.gather(graph, graph.constant(scales, [places], 'scales'), place);
  const known = toLengthOne(graph, op.mul(graph, weights, factor));
  const table = graph.constant(bytes, [places, hiddenSize], 'embedding');
  const rows = op.toFloat32(graph, op.gather(graph, table, place)); // [batch, sequence, hidden]
  const scaled = op.unsqueeze(graph, op.mul(graph, known, scale), 1);
  const sum = op.reshape(graph, op.batchedMatMul(graph, scaled, rows), ['batch', hiddenSize]);
  const hiddenBias = graph.constant(network.hiddenBias, [hiddenSize], 'hiddenBias');
  const hidden = op.relu(graph, op.add(graph, sum, hiddenBias));
  const head = graph.constant(network.head, [hiddenSize, classCount], 'head');
  const headBias = graph.constant(network.headBias, [classCount], 'headBias');
  const logits = op.add(graph, op.matMul(graph, hidden, head), headBias);
  graph.output(modelTensors.output, logits);
  const likeness = graph.constant(centroids, [hiddenSize, classCount], 'centroids');
  const features = [
    strangeWords(graph, { place, weights, places }),
    noveltyOfDirection(graph, hidden, likeness),
    op.neg(graph, op.reduceLogSumExp(graph, logits)), // The energy of the logits.
  ];
  graph.output(modelTensors.novelty, op.columns(graph, features));

  const ngrams = 128; // Of a text of some forty characters.
  return {
    onnx: encodeModel(graph),
    inputName: null,
    preprocess: textPreprocess,
    novelty: { outputName: modelTensors.novelty, features: features.length },
    parameters: places * hiddenSize + hiddenSize + hiddenSize * classCount + classCount,
    multiplyAdds: ngrams * hiddenSize + 2 * hiddenSize * classCount,
    description: `n-grams ${places - 1}-${hiddenSize}-${classCount}`,
  };
}

/**
 * Share of a text, by squared weights, that is n-grams no training text had: 1 for a text without
 * any n-gram. [batch, 1]
 */
function strangeWords(
  graph: Graph,
  text: { readonly place: Value; readonly weights: Value; readonly places: number },
): Value {
  const isKnown = Float32Array.from({ length: text.places }, (_, place) => Number(place !== 0));
  const table = graph.constant(isKnown, [text.places], 'isKnown');
  const known = op.mul(graph, text.weights, op.gather(graph, table, text.place));
  const squares = op.reduceSum(graph, op.mul(graph, known, known), [1], { keepDims: true });
  return op.sub(graph, op.scalar(graph, 1), squares);
}

/** 1 less the cosine to the nearest class, [batch, 1]. */
function noveltyOfDirection(graph: Graph, hidden: Value, centroids: Value): Value {
  const cosines = op.matMul(graph, toLengthOne(graph, hidden), centroids);
  return op.sub(graph, op.scalar(graph, 1), op.reduceMax(graph, cosines));
}

/** x / sqrt(sum x^2 along the text); a text without a known n-gram stays 0. */
function toLengthOne(graph: Graph, x: Value): Value {
  const squares = op.reduceSum(graph, op.mul(graph, x, x), [1], { keepDims: true });
  const leastLength = op.scalar(graph, 1e-12);
  return op.div(graph, x, op.sqrt(graph, op.add(graph, squares, leastLength)));
}
