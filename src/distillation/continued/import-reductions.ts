import type { Value } from '../../onnx/graph.js';
import * as op from '../../onnx/operators.js';
import {
  asItIs,
  become,
  fromFront,
  input,
  numbers,
  present,
  shapeOf,
  UncoveredError,
  type Import,
  type Importer,
  type Importers,
} from './importer.js';

const reduction: Importer = (given) => [reduced(given, given.node.op, input(given, 0))];

/** Any reduction over the axes that the node names, as an attribute or as an input. */
function reduced(given: Import, name: string, x: Value): Value {
  const { graph, node } = given;
  const rank = x.shape.length;
  const named = node.attributes.ints('axes') ?? numbers(given, 1, 'axes') ?? [];
  if (named.length === 0 && node.attributes.int('noop_with_empty_axes', 0) === 1) return x;
  const axes = named.length === 0 ? [...x.shape.keys()] : named;
  const constant = op.int64s(
    graph,
    axes.map((axis) => fromFront(axis, rank)),
  );
  const keepdims = { int: node.attributes.int('keepdims', 1) };
  return become(given, { op: name, inputs: [x, constant], attributes: { keepdims } });
}

const square = ({ graph }: Import, x: Value): Value => op.mul(graph, x, x);

export const reductionImporters: Importers = {
  ReduceSum: reduction,
  ReduceMean: reduction,
  ReduceMax: reduction,
  ReduceMin: (given) => {
    const { graph } = given;
    return [op.neg(graph, reduced(given, 'ReduceMax', op.neg(graph, input(given, 0))))];
  },
  ReduceSumSquare: (given) => [reduced(given, 'ReduceSum', square(given, input(given, 0)))],
  // Over nothing, it is the size of each number.
  ReduceL2: (given) => {
    const x = input(given, 0);
    const norm = reduced(given, 'ReduceL2', x);
    return [norm === x ? become(given, { op: 'Abs', inputs: [x] }) : norm];
  },
  ArgMax: (given) => {
    const { attributes } = given.node;
    return asItIs(given, {
      axis: { int: attributes.int('axis', 0) },
      keepdims: { int: attributes.int('keepdims', 1) },
      select_last_index: { int: attributes.int('select_last_index', 0) },
    });
  },
  CumSum: (given) => {
    const { attributes } = given.node;
    return asItIs(given, {
      exclusive: { int: attributes.int('exclusive', 0) },
      reverse: { int: attributes.int('reverse', 0) },
    });
  },
  Softmax: importSoftmax,
  LogSoftmax: importSoftmax,
  LayerNormalization: (given) => {
    const { attributes } = given.node;
    const axis = fromFront(attributes.int('axis', -1), input(given, 0).shape.length);
    const epsilon = attributes.float('epsilon', 1e-5);
    return op.layerNormalization(given.graph, present(given), { axis, epsilon }).slice(0, 1);
  },
  InstanceNormalization: (given) => {
    const { graph } = given;
    const x = input(given, 0);
    const axes = [...x.shape.keys()].slice(2);
    const mean = (value: Value): Value => op.reduceMean(graph, value, axes, { keepDims: true });
    const centred = op.sub(graph, x, mean(x));
    return [scaledChannels(given, { centred, variance: mean(square(given, centred)) })];
  },
  BatchNormalization: (given) => {
    const { graph, node, opset } = given;
    const isTraining = node.attributes.int('training_mode', 0) === 1;
    if (isTraining) throw new UncoveredError('it is in training mode');
    if (opset < 9 && node.attributes.int('spatial', 1) === 0)
      throw new UncoveredError('it is not spatial');
    const x = input(given, 0);
    const mean = alongChannels(given, input(given, 3));
    const variance = alongChannels(given, input(given, 4));
    return [scaledChannels(given, { centred: op.sub(graph, x, mean), variance })];
  },
};

/** scale (x - mean) / sqrt(variance + epsilon) + bias, one scale and bias a channel. */
function scaledChannels(
  given: Import,
  { centred, variance }: { readonly centred: Value; readonly variance: Value },
): Value {
  const { graph, node } = given;
  const epsilon = op.scalar(graph, node.attributes.float('epsilon', 1e-5));
  const deviation = op.sqrt(graph, op.add(graph, variance, epsilon));
  const factor = op.div(graph, alongChannels(given, input(given, 1)), deviation);
  const bias = alongChannels(given, input(given, 2));
  return op.add(graph, op.mul(graph, centred, factor), bias);
}

/** [channels] -> [channels, 1, 1], for an image. */
function alongChannels(given: Import, value: Value): Value {
  const rank = input(given, 0).shape.length;
  const ones = Array<number>(Math.max(0, rank - 2)).fill(1);
  return op.reshape(given.graph, value, [Number(value.shape[0]), ...ones]);
}

/** Before opset 13 it went over all axes from its own on, as over one. */
function importSoftmax(given: Import): readonly Value[] {
  const { graph, opset, node, outputs } = given;
  const x = input(given, 0);
  const rank = x.shape.length;
  const axis = fromFront(node.attributes.int('axis', opset < 13 ? 1 : -1), rank);
  if (opset >= 13 || axis === rank - 1)
    return asItIs(given, { axis: { int: axis } }, present(given));
  const sizes = shapeOf(x);
  const size = (lengths: readonly number[]): number => lengths.reduce((all, one) => all * one, 1);
  const flat = [size(sizes.slice(0, axis)), size(sizes.slice(axis))];
  const rows = op.reshape(graph, x, flat);
  const result = graph.apply(node.op, [rows], flat, { axis: { int: 1 } });
  return [op.reshape(graph, result, outputs[0]!.shape)];
}
