import { intsOf, type Graph, type GraphNode, type Value } from '../../onnx/graph.js';
import { conv, convTranspose, transpose } from '../../onnx/operators.js';

/** dL/dx of z = conv(x, w): the gradient slides back over the same weights. */
export function convInputGradient(
  graph: Graph,
  { inputs: [, weight], attributes }: GraphNode,
  gradient: Value,
): Value {
  return convTranspose(graph, gradient, weight!, paddingOf(attributes));
}

/**
 * dL/dw of z = conv(x, w), itself a convolution: the input slid over by the gradient, with batch
 * and channels changing places.
 *
 *     dw[o, c, i, j] = sum over n, y, x of  g[n, o, y, x] * xPadded[n, c, y + i, x + j]
 */
export function convWeightGradient(
  graph: Graph,
  { inputs: [x], attributes }: GraphNode,
  gradient: Value,
): Value {
  const swapped = [1, 0, 2, 3];
  const images = transpose(graph, x!, swapped); // [channelsIn, batch, height, width]
  const kernels = transpose(graph, gradient, swapped); // [channelsOut, batch, ...]
  return transpose(graph, conv(graph, images, kernels, paddingOf(attributes)), swapped);
}

/**
 * dL/dx of z = maxPool(x): each gradient goes to where its maximum was. Windows do not overlap
 * (`maxPool` makes no others), so no place is written twice.
 */
export function maxPoolGradient(
  graph: Graph,
  { inputs: [x], outputs, attributes }: GraphNode,
  gradient: Value,
): Value {
  const shape = graph.constant(BigInt64Array.from(x!.shape.map(BigInt)), [4]);
  return graph.apply('MaxUnpool', [gradient, outputs[1]!, shape], x!.shape, attributes);
}

/** The same on all sides: `conv` makes no others. */
const paddingOf = ({ pads }: GraphNode['attributes']): number => intsOf(pads)[0]!;
