import type { Graph, Value } from '../../onnx/graph.js';
import * as op from '../../onnx/operators.js';

/**
 * A divisor with infinity in the places of its zeros: what is divided by it has no gradient there.
 *
 * 0 / 0 is NaN, and one NaN of one row takes every weight with it. So a gradient that comes as 0
 * stays 0: that of a branch that `Where` or `Clip` has not taken, of a norm of features that are
 * all 0. Any other becomes 0 as well, where PyTorch has an infinite slope (the square root, the
 * logarithm, x^0.5 at 0): no step can be taken along it, and times the 0 of the next operator it
 * would be NaN. What is exactly 0 is so, as a rule, because it can not move (behind a ReLU), or
 * because it is a sum of squares, whose root has 0 among its subgradients.
 */
export function infiniteForZero(graph: Graph, divisor: Value): Value {
  const data = graph.constants.get(divisor.name)?.data;
  if (data !== undefined && !Array.from(data, Number).includes(0)) return divisor;
  const isZero = op.equal(graph, divisor, op.scalar(graph, 0));
  return op.where(graph, isZero, op.scalar(graph, Infinity), divisor);
}
