import type { Graph, GraphNode, Value } from '../../onnx/graph.js';
import * as op from '../../onnx/operators.js';
import {
  axisOf,
  intOf,
  numbersOf,
  productOf,
  sizesOf,
  sumToShape,
  type GradientRules,
} from './gradient-rule.js';
import { infiniteForZero } from './infinite-for-zero.js';

/** Derivatives of sums over axes and of what is made of them. x: input; z: output; g: dL/dz. */
export const reductionGradients: GradientRules = {
  ReduceSum: (graph, node, g) => [() => spread(graph, node, g), null],
  ReduceMean: (graph, node, g) => [
    () => {
      const [x] = node.inputs;
      const count = productOf(reducedAxes(graph, node).map((axis) => Number(x!.shape[axis])));
      return spread(graph, node, op.mul(graph, g, op.scalar(graph, 1 / count)));
    },
    null,
  ],
  // x / z; 0 where all of x is 0, as in PyTorch.
  ReduceL2: (graph, node, g) => [
    () => {
      const norm = infiniteForZero(graph, keptAxes(graph, node, node.outputs[0]!));
      return op.mul(graph, node.inputs[0]!, op.div(graph, keptAxes(graph, node, g), norm));
    },
    null,
  ],
  // Where several values are the greatest, each of them gets an equal share.
  ReduceMax: (graph, node, g) => [
    () => {
      const [x] = node.inputs;
      const greatest = keptAxes(graph, node, node.outputs[0]!);
      const isGreatest = op.toFloat32(graph, op.equal(graph, x!, greatest));
      const axes = reducedAxes(graph, node);
      const ties = op.reduceSum(graph, isGreatest, axes, { keepDims: true });
      const share = op.div(graph, keptAxes(graph, node, g), ties);
      return op.mul(graph, isGreatest, share);
    },
    null,
  ],
  GlobalAveragePool: (graph, { inputs: [x] }, g) => [
    () => {
      const area = productOf(sizesOf(x!).slice(2));
      return op.expand(graph, op.mul(graph, g, op.scalar(graph, 1 / area)), x!.shape);
    },
  ],
  // z (g - sum z g)
  Softmax: (graph, { outputs: [z], attributes }, g) => [
    () => {
      const axis = axisOf(intOf(attributes['axis'], -1), z!);
      const total = op.reduceSum(graph, op.mul(graph, g, z!), [axis], { keepDims: true });
      return op.mul(graph, z!, op.sub(graph, g, total));
    },
  ],
  // g - softmax(x) sum g, softmax(x) = exp(z)
  LogSoftmax: (graph, { outputs: [z], attributes }, g) => [
    () => {
      const axis = axisOf(intOf(attributes['axis'], -1), z!);
      const total = op.reduceSum(graph, g, [axis], { keepDims: true });
      return op.sub(graph, g, op.mul(graph, op.exp(graph, z!), total));
    },
  ],
  LayerNormalization: (graph, node, g) => {
    const { normal, perDeviation, axes } = normalised(graph, node);
    const [, scale, bias] = node.inputs;
    const mean = (value: Value): Value => op.reduceMean(graph, value, axes, { keepDims: true });
    return [
      () => {
        const scaled = op.mul(graph, g, scale!);
        const along = op.mul(graph, normal(), mean(op.mul(graph, scaled, normal())));
        const rest = op.sub(graph, op.sub(graph, scaled, mean(scaled)), along);
        return op.mul(graph, rest, perDeviation);
      },
      () => sumToShape(graph, op.mul(graph, g, normal()), scale!),
      () => sumToShape(graph, g, bias!),
    ];
  },
};

/** The axes that a reduction sums over, from the front; all where it names none. */
function reducedAxes(graph: Graph, { inputs: [x, axes] }: GraphNode): number[] {
  const named = axes === undefined ? [] : numbersOf(graph, axes);
  return named.length === 0 ? [...x!.shape.keys()] : named.map((axis) => axisOf(axis, x!));
}

/** A value of a reduction's outcome, its axes kept as ones. */
function keptAxes(graph: Graph, node: GraphNode, value: Value): Value {
  if (intOf(node.attributes['keepdims'], 1) === 1) return value;
  const axes = new Set(reducedAxes(graph, node));
  return op.reshape(
    graph,
    value,
    node.inputs[0]!.shape.map((dim, axis) => (axes.has(axis) ? 1 : dim)),
  );
}

/** Gives each value that was summed the gradient of its sum. */
const spread = (graph: Graph, node: GraphNode, g: Value): Value =>
  op.expand(graph, keptAxes(graph, node, g), node.inputs[0]!.shape);

/**
 * (x - mean) / deviation, built when first asked for: the forward pass has both, as further outputs
 * (`op.layerNormalization`).
 *
 * @see Ba et al. 2016, "Layer Normalization", eq. 4, arXiv:1607.06450
 */
function normalised(graph: Graph, { inputs: [x], outputs, attributes }: GraphNode) {
  const first = axisOf(intOf(attributes['axis'], -1), x!);
  const [mean, perDeviation] = outputs.slice(1);
  let built: Value | undefined;
  const build = (): Value => op.mul(graph, op.sub(graph, x!, mean!), perDeviation!);
  return {
    axes: [...x!.shape.keys()].slice(first),
    normal: () => (built ??= build()),
    perDeviation: perDeviation!,
  };
}
