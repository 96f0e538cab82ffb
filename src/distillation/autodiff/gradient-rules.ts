import {
  intsOf,
  type Attribute,
  type Graph,
  type GraphNode,
  type Value,
} from '../../onnx/graph.js';
import * as op from '../../onnx/operators.js';
import { convInputGradient, convWeightGradient, maxPoolGradient } from './window-gradients.js';

/**
 * Gives the gradient of each input of a node, `null` for inputs that no gradient flows to (axes,
 * shapes). `gradient` is that of the node's first output.
 */
export type GradientRule = (
  graph: Graph,
  node: GraphNode,
  gradient: Value,
) => readonly (LazyGradient | null)[];

/** Built only for inputs that lead to a wanted value, so that no dead nodes are run. */
export type LazyGradient = () => Value;

/** The derivative of each operator, as operators again. x, y: inputs; z: output; g: dL/dz. */
export const gradientRules: Readonly<Record<string, GradientRule>> = {
  Add: (graph, { inputs: [x, y] }, g) => [
    () => sumToShape(graph, g, x!),
    () => sumToShape(graph, g, y!),
  ],
  Sub: (graph, { inputs: [x, y] }, g) => [
    () => sumToShape(graph, g, x!),
    () => sumToShape(graph, op.neg(graph, g), y!),
  ],
  Mul: (graph, { inputs: [x, y] }, g) => [
    () => sumToShape(graph, op.mul(graph, g, y!), x!),
    () => sumToShape(graph, op.mul(graph, g, x!), y!),
  ],
  // d(x/y)/dy = -z/y
  Div: (graph, { inputs: [x, y], outputs: [z] }, g) => [
    () => sumToShape(graph, op.div(graph, g, y!), x!),
    () => {
      const ratio = op.div(graph, z!, y!);
      return sumToShape(graph, op.neg(graph, op.mul(graph, g, ratio)), y!);
    },
  ],
  Neg: (graph, _node, g) => [() => op.neg(graph, g)],
  Exp: (graph, { outputs: [z] }, g) => [() => op.mul(graph, g, z!)],
  Log: (graph, { inputs: [x] }, g) => [() => op.div(graph, g, x!)],
  Sqrt: (graph, { outputs: [z] }, g) => [
    () => op.div(graph, g, op.mul(graph, op.scalar(graph, 2), z!)),
  ],
  // Sign of the output: 1 where the input was above 0, and 0 elsewhere.
  Relu: (graph, { outputs: [z] }, g) => [
    () => op.mul(graph, g, graph.apply('Sign', [z!], z!.shape)),
  ],
  // g - softmax(x) * sum(g), softmax(x) = exp(z)
  LogSoftmax: (graph, { outputs: [z] }, g) => [
    () => {
      const total = op.reduceSum(graph, g, [z!.shape.length - 1], { keepDims: true });
      return op.sub(graph, g, op.mul(graph, op.exp(graph, z!), total));
    },
  ],
  Gemm: (graph, node, g) => [
    () => gemmFirstGradient(graph, node, g),
    () => gemmSecondGradient(graph, node, g),
  ],
  ReduceSum: (graph, { inputs: [x, axes], attributes }, g) => [
    () => {
      const isKept = isSet(attributes['keepdims']);
      const { data } = graph.constants.get(axes!.name)!;
      const summed = new Set(Array.from(data, Number));
      const kept = x!.shape.map((dim, axis) => (summed.has(axis) ? 1 : dim));
      const aligned = isKept ? g : op.reshape(graph, g, kept);
      const sizes = op.int64s(graph, x!.shape.map(Number));
      return graph.apply('Expand', [aligned, sizes], x!.shape);
    },
    null,
  ],
  Reshape: (graph, { inputs: [x] }, g) => [() => op.reshape(graph, g, x!.shape), null],
  Transpose: (graph, { attributes }, g) => [
    () => {
      const perm = intsOf(attributes['perm']);
      const inverse = perm.map((_, axis) => perm.indexOf(axis));
      return op.transpose(graph, g, inverse);
    },
  ],
  Conv: (graph, node, g) => [
    () => convInputGradient(graph, node, g),
    () => convWeightGradient(graph, node, g),
  ],
  MaxPool: (graph, node, g) => [() => maxPoolGradient(graph, node, g)],
};

/** z = X Y, X = x or xT, Y = y or yT: dX = g YT, transposed back where x was. */
function gemmFirstGradient(graph: Graph, { inputs, attributes }: GraphNode, g: Value): Value {
  const y = inputs[1]!;
  const [transA, transB] = [isSet(attributes['transA']), isSet(attributes['transB'])];
  return transA
    ? op.matMul(graph, y, g, { transA: transB, transB: true })
    : op.matMul(graph, g, y, { transB: !transB });
}

/** dY = XT g, transposed back where y was. */
function gemmSecondGradient(graph: Graph, { inputs, attributes }: GraphNode, g: Value): Value {
  const x = inputs[0]!;
  const [transA, transB] = [isSet(attributes['transA']), isSet(attributes['transB'])];
  return transB
    ? op.matMul(graph, g, x, { transA: true, transB: transA })
    : op.matMul(graph, x, g, { transA: !transA });
}

/** Undoes broadcasting: sums a gradient over the axes along which `target` was repeated. */
function sumToShape(graph: Graph, gradient: Value, target: Value): Value {
  const offset = gradient.shape.length - target.shape.length;
  const axes = gradient.shape.flatMap((dim, axis) =>
    axis < offset || (target.shape[axis - offset] === 1 && dim !== 1) ? [axis] : [],
  );
  if (axes.length === 0) return gradient;
  const summed = op.reduceSum(graph, gradient, axes);
  return summed.shape.length === target.shape.length
    ? summed
    : op.reshape(graph, summed, target.shape);
}

const isSet = (attribute: Attribute | undefined): boolean =>
  attribute !== undefined && 'int' in attribute && attribute.int === 1;
