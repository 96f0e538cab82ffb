import type { Graph, GraphNode, Value } from '../../onnx/graph.js';
import * as op from '../../onnx/operators.js';
import {
  floatOf,
  isSet,
  productOf,
  sizesOf,
  sumToShape,
  type GradientRules,
} from './gradient-rule.js';

/** Derivatives of matrix products. */
export const matrixGradients: GradientRules = {
  // z = alpha X Y + beta c
  Gemm: (graph, node, g) => {
    const { alpha, beta } = node.attributes;
    const times = (factor: number, value: Value): Value =>
      factor === 1 ? value : op.mul(graph, value, op.scalar(graph, factor));
    const [scale, biasScale] = [floatOf(alpha, 1), floatOf(beta, 1)];
    return [
      () => times(scale, gemmFirstGradient(graph, node, g)),
      () => times(scale, gemmSecondGradient(graph, node, g)),
      () => times(biasScale, sumToShape(graph, g, node.inputs[2]!)),
    ];
  },
  MatMul: (graph, { inputs: [x, y] }, g) => [
    () => sumToShape(graph, op.stackedMatMul(graph, g, op.swapLastAxes(graph, y!)), x!),
    () => secondGradient(graph, { x: x!, y: y!, g }),
  ],
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

/** One matrix for a whole stack: the stack's rows are those of one tall product, which is fast. */
function secondGradient(
  graph: Graph,
  { x, y, g }: { readonly x: Value; readonly y: Value; readonly g: Value },
): Value {
  if (y.shape.length === 2) {
    const tall = (value: Value): Value => {
      const sizes = sizesOf(value);
      return op.reshape(graph, value, [productOf(sizes.slice(0, -1)), sizes.at(-1)!]);
    };
    return op.matMul(graph, tall(x), tall(g), { transA: true });
  }
  return sumToShape(graph, op.stackedMatMul(graph, op.swapLastAxes(graph, x), g), y);
}
