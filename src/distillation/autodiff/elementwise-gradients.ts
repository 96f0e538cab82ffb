import type { Graph, GraphNode, Value } from '../../onnx/graph.js';
import * as op from '../../onnx/operators.js';
import { sumToShape, type GradientRules } from './gradient-rule.js';
import { infiniteForZero } from './infinite-for-zero.js';

const float32Max = 3.4028234663852886e38;

/** Derivatives of arithmetic. x, y: inputs; z: output; g: dL/dz. */
export const elementwiseGradients: GradientRules = {
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
  // d(x/y)/dy = -(1/y) (x/y), not -z/y: z is infinite where y is 0
  Div: (graph, { inputs: [x, y] }, g) => {
    const over = (value: Value): Value => op.div(graph, value, infiniteForZero(graph, y!));
    return [
      () => sumToShape(graph, over(g), x!),
      () => sumToShape(graph, op.neg(graph, op.mul(graph, over(g), over(x!))), y!),
    ];
  },
  // d(x^y)/dx = y x^(y-1), d(x^y)/dy = z ln x
  Pow: (graph, { inputs: [x, y], outputs: [z] }, g) => [
    () => sumToShape(graph, op.mul(graph, g, powerSlope(graph, x!, y!)), x!),
    () => {
      const none = op.scalar(graph, 0);
      const slope = op.mul(graph, z!, op.log(graph, x!)); // At 0 it goes to 0, and 0 ln 0 is NaN.
      const isZero = op.equal(graph, x!, none);
      return sumToShape(graph, op.mul(graph, g, op.where(graph, isZero, none, slope)), y!);
    },
  ],
  Max: (graph, node, g) => extremeGradients(graph, node, g),
  Min: (graph, node, g) => extremeGradients(graph, node, g),
  Where: (graph, { inputs: [condition, x, y] }, g) => {
    const none = op.scalar(graph, 0);
    return [
      null,
      () => sumToShape(graph, op.where(graph, condition!, g, none), x!),
      () => sumToShape(graph, op.where(graph, condition!, none, g), y!),
    ];
  },
  Neg: (graph, _node, g) => [() => op.neg(graph, g)],
  Abs: (graph, { inputs: [x] }, g) => [() => op.mul(graph, g, op.sign(graph, x!))],
  // -1/x^2
  Reciprocal: (graph, { inputs: [x] }, g) => [
    () => {
      const divisor = infiniteForZero(graph, x!);
      return op.neg(graph, op.div(graph, op.div(graph, g, divisor), divisor));
    },
  ],
  // Infinite from 88.8 on, where `Where` may have left it for another branch: 0 x infinity is NaN.
  Exp: (graph, { outputs: [z] }, g) => [
    () => {
      const finite = graph.apply('Min', [z!, op.scalar(graph, float32Max)], z!.shape);
      return op.mul(graph, g, finite);
    },
  ],
  Log: (graph, { inputs: [x] }, g) => [() => op.div(graph, g, infiniteForZero(graph, x!))],
  Sqrt: (graph, { outputs: [z] }, g) => [
    () => {
      const half = op.mul(graph, g, op.scalar(graph, 0.5));
      return op.div(graph, half, infiniteForZero(graph, z!));
    },
  ],
  Sin: (graph, { inputs: [x] }, g) => [() => op.mul(graph, g, op.cos(graph, x!))],
  Cos: (graph, { inputs: [x] }, g) => [() => op.neg(graph, op.mul(graph, g, op.sin(graph, x!)))],
};

/**
 * Squares without `Pow`, which is slow, and NaN for 0^0 times 0. Where x is 0 and y below 1 the
 * slope is infinite, and taken for 0: see `infiniteForZero`; infinity^(y-1) is 0.
 */
function powerSlope(graph: Graph, x: Value, y: Value): Value {
  const data = graph.constants.get(y.name)?.data;
  const exponents = data === undefined ? null : Array.from(data, Number);
  const exponent = exponents?.length === 1 ? exponents[0] : null;
  if (exponent === 1) return op.scalar(graph, 1);
  if (exponent === 2) return op.mul(graph, x, op.scalar(graph, 2));
  const one = op.scalar(graph, 1);
  const slope = (base: Value): Value =>
    op.mul(graph, y, op.pow(graph, base, op.sub(graph, y, one)));
  if (exponents?.every((power) => power >= 1)) return slope(x);
  const isSteep = op.greater(graph, one, y);
  return slope(op.where(graph, isSteep, infiniteForZero(graph, x), x));
}

/** The gradient goes to the input that was chosen; to the first of two equal ones. */
function extremeGradients(graph: Graph, { inputs: [x, y], outputs: [z] }: GraphNode, g: Value) {
  const none = op.scalar(graph, 0);
  const isFirst = (): Value => op.equal(graph, z!, x!);
  return [
    () => sumToShape(graph, op.where(graph, isFirst(), g, none), x!),
    () => sumToShape(graph, op.where(graph, isFirst(), none, g), y!),
  ];
}
