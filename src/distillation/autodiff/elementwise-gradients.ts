import type { Graph, GraphNode, Value } from '../../onnx/graph.js';
import * as op from '../../onnx/operators.js';
import { sumToShape, type GradientRules } from './gradient-rule.js';

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
  // d(x/y)/dy = -z/y
  Div: (graph, { inputs: [x, y], outputs: [z] }, g) => [
    () => sumToShape(graph, op.div(graph, g, y!), x!),
    () => {
      const ratio = op.div(graph, z!, y!);
      return sumToShape(graph, op.neg(graph, op.mul(graph, g, ratio)), y!);
    },
  ],
  // d(x^y)/dx = y x^(y-1), d(x^y)/dy = z ln x
  Pow: (graph, { inputs: [x, y], outputs: [z] }, g) => [
    () => sumToShape(graph, op.mul(graph, g, powerSlope(graph, x!, y!)), x!),
    () => sumToShape(graph, op.mul(graph, g, op.mul(graph, z!, op.log(graph, x!))), y!),
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
  // -1/x^2 = -z^2
  Reciprocal: (graph, { outputs: [z] }, g) => [
    () => op.neg(graph, op.mul(graph, g, op.mul(graph, z!, z!))),
  ],
  Exp: (graph, { outputs: [z] }, g) => [() => op.mul(graph, g, z!)],
  Log: (graph, { inputs: [x] }, g) => [() => op.div(graph, g, x!)],
  Sqrt: (graph, { outputs: [z] }, g) => [
    () => op.div(graph, g, op.mul(graph, op.scalar(graph, 2), z!)),
  ],
  Sin: (graph, { inputs: [x] }, g) => [() => op.mul(graph, g, op.cos(graph, x!))],
  Cos: (graph, { inputs: [x] }, g) => [() => op.neg(graph, op.mul(graph, g, op.sin(graph, x!)))],
};

/** Squares and other whole powers without `Pow`, which is slow, and NaN for 0^0 times 0. */
function powerSlope(graph: Graph, x: Value, y: Value): Value {
  const data = graph.constants.get(y.name)?.data;
  const exponent = data?.length === 1 ? Number(data[0]) : null;
  if (exponent === 1) return op.scalar(graph, 1);
  if (exponent === 2) return op.mul(graph, x, op.scalar(graph, 2));
  return op.mul(graph, y, op.pow(graph, x, op.sub(graph, y, op.scalar(graph, 1))));
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
