import type { Graph, GraphNode, Value } from '../../onnx/graph.js';
import * as op from '../../onnx/operators.js';
import { floatOf, numbersOf, type GradientRules } from './gradient-rule.js';

/** Derivatives of activations. x: input; z: output; g: dL/dz. */
export const activationGradients: GradientRules = {
  // Sign of the output: 1 where the input was above 0, and 0 elsewhere.
  Relu: (graph, { outputs: [z] }, g) => [() => op.mul(graph, g, op.sign(graph, z!))],
  LeakyRelu: (graph, { inputs: [x], attributes }, g) => [
    () => {
      const slope = op.scalar(graph, floatOf(attributes['alpha'], 0.01));
      return op.where(graph, isPositive(graph, x!), g, op.mul(graph, g, slope));
    },
  ],
  // Below 0: alpha exp(x) = z + alpha
  Elu: (graph, { inputs: [x], outputs: [z], attributes }, g) => [
    () => {
      const alpha = op.scalar(graph, floatOf(attributes['alpha'], 1));
      const below = op.mul(graph, g, op.add(graph, z!, alpha));
      return op.where(graph, isPositive(graph, x!), g, below);
    },
  ],
  Tanh: (graph, { outputs: [z] }, g) => [
    () => op.mul(graph, g, oneLess(graph, op.mul(graph, z!, z!))),
  ],
  Sigmoid: (graph, { outputs: [z] }, g) => [
    () => op.mul(graph, g, op.mul(graph, z!, oneLess(graph, z!))),
  ],
  Softplus: (graph, { inputs: [x] }, g) => [() => op.mul(graph, g, op.sigmoid(graph, x!))],
  Erf: (graph, { inputs: [x] }, g) => [
    () => {
      const scale = op.scalar(graph, 2 / Math.sqrt(Math.PI));
      return op.mul(graph, g, op.mul(graph, scale, bell(graph, x!, 1)));
    },
  ],
  Gelu: (graph, node, g) => [() => op.mul(graph, g, geluSlope(graph, node))],
  // Bounds are constants: the gradient passes where the value is not at one of them.
  Clip: (graph, { inputs: [x, low, high] }, g) => [
    () => {
      const [least, most] = [numbersOf(graph, low!)[0]!, numbersOf(graph, high!)[0]!];
      const isAbove = op.greater(graph, x!, op.scalar(graph, least));
      const isBelow = op.greater(graph, op.scalar(graph, most), x!);
      const none = op.scalar(graph, 0);
      return op.where(graph, isAbove, op.where(graph, isBelow, g, none), none);
    },
    null,
    null,
  ],
};

const isPositive = (graph: Graph, x: Value): Value => op.greater(graph, x, op.scalar(graph, 0));
const oneLess = (graph: Graph, x: Value): Value => op.sub(graph, op.scalar(graph, 1), x);

/** exp(-sharpness x^2) */
function bell(graph: Graph, x: Value, sharpness: number): Value {
  const square = op.mul(graph, x, x);
  return op.exp(graph, op.mul(graph, square, op.scalar(graph, -sharpness)));
}

/**
 *     gelu(x) = x P(x), P(x) = (1 + erf(x / sqrt 2)) / 2:    P(x) + x exp(-x^2/2) / sqrt(2 pi)
 *     with `tanh`: P(x) = (1 + t) / 2, t = tanh(c (x + 0.044715 x^3)), c = sqrt(2 / pi):
 *         P(x) + x (1 - t^2) c (1 + 3 0.044715 x^2) / 2
 *
 * @see Hendrycks & Gimpel 2016, "Gaussian Error Linear Units", arXiv:1606.08415
 */
function geluSlope(graph: Graph, { inputs: [input], attributes }: GraphNode): Value {
  const x = input!;
  const { approximate } = attributes;
  const isTanh =
    approximate !== undefined && 'string' in approximate && approximate.string === 'tanh';
  const number = (value: number): Value => op.scalar(graph, value);
  const half = (value: Value): Value => op.mul(graph, value, number(0.5));
  if (!isTanh) {
    // With u = x / sqrt 2, in few walks through memory: P(x) + u exp(-u^2) / sqrt(pi)
    const u = op.mul(graph, x, number(Math.SQRT1_2));
    const below = op.hardSigmoid(graph, op.erf(graph, u), { alpha: 0.5, beta: 0.5 });
    const onBell = op.div(graph, u, op.exp(graph, op.mul(graph, u, u)));
    return op.add(graph, below, op.mul(graph, onBell, number(1 / Math.sqrt(Math.PI))));
  }
  const [c, cubic] = [Math.sqrt(2 / Math.PI), 0.044715];
  const square = op.mul(graph, x, x);
  const inner = op.mul(
    graph,
    x,
    op.add(graph, op.mul(graph, square, number(c * cubic)), number(c)),
  );
  const t = op.tanh(graph, inner);
  const innerSlope = op.add(graph, op.mul(graph, square, number(3 * c * cubic)), number(c));
  const bend = op.mul(graph, oneLess(graph, op.mul(graph, t, t)), innerSlope);
  return half(op.add(graph, op.add(graph, t, number(1)), op.mul(graph, x, bend)));
}
