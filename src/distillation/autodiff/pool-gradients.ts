import { type Graph, type GraphNode, type Value } from '../../onnx/graph.js';
import * as op from '../../onnx/operators.js';
import { isSet, productOf, sizesOf } from './gradient-rule.js';
import { attributesOf, leftOver, windowOf, type Window } from './window.js';

/**
 * dL/dx of z = maxPool(x): each gradient goes to where its maximum was, which the node's second
 * output tells as a place in the whole tensor.
 */
export function maxPoolGradient(
  graph: Graph,
  { inputs: [x], outputs: [, places], attributes }: GraphNode,
  gradient: Value,
): Value {
  const window = windowOf({ op: 'MaxPool', inputs: [x!], outputs: [], attributes });
  const sizes = sizesOf(x!);
  if (isApart(window)) {
    const shape = op.int64s(graph, sizes);
    const { kernel_shape, strides } = attributes;
    const sides = { kernel_shape: kernel_shape!, strides: strides! };
    return graph.apply('MaxUnpool', [gradient, places!, shape], sizes, sides);
  }
  // Windows overlap: a place may be the maximum of several.
  const none = op.expand(graph, op.scalar(graph, 0), [productOf(sizes)]);
  const sums = op.scatterAdd(graph, none, {
    axis: 0,
    places: op.reshape(graph, places!, [productOf(sizesOf(gradient))]),
    parts: op.reshape(graph, gradient, [productOf(sizesOf(gradient))]),
  });
  return op.reshape(graph, sums, sizes);
}

/** No place lies in two windows, and none outside the image. */
const isApart = ({ rank, kernel, strides, dilations, before, after }: Window): boolean =>
  rank === 2 &&
  kernel.every((size, axis) => size === strides[axis]) &&
  [...before, ...after].every((pad) => pad === 0) &&
  dilations.every((dilation) => dilation === 1);

/** dL/dx of z = averagePool(x): each gradient is shared out among the places of its window. */
export function averagePoolGradient(graph: Graph, node: GraphNode, gradient: Value): Value {
  const [x] = node.inputs;
  const window = windowOf(node);
  const channels = Number(x!.shape[1]);
  const counts = countsOf(node, window, gradient);
  const shared = op.mul(
    graph,
    gradient,
    graph.constant(
      counts.map((count) => 1 / count),
      sizesOf(gradient).slice(2),
    ),
  );
  const ones = new Float32Array(channels * productOf(window.kernel)).fill(1);
  const kernel = graph.constant(ones, [channels, 1, ...window.kernel]);
  const attributes = {
    ...attributesOf({ ...window, group: channels }),
    output_padding: { ints: leftOver(window, x!, gradient) },
  };
  return graph.apply('ConvTranspose', [shared, kernel], x!.shape, attributes);
}

/** Places that each window is an average of. */
function countsOf(node: GraphNode, window: Window, gradient: Value): Float32Array {
  const sizes = sizesOf(node.inputs[0]!).slice(2);
  const isPadCounted = isSet(node.attributes['count_include_pad']);
  const alongAxes = sizesOf(gradient)
    .slice(2)
    .map((length, axis) =>
      Array.from({ length }, (_, place) => {
        if (isPadCounted) return window.kernel[axis]!;
        const start = place * window.strides[axis]! - window.before[axis]!;
        return Array.from(
          { length: window.kernel[axis]! },
          (_unused, k) => start + k * window.dilations[axis]!,
        ).filter((at) => at >= 0 && at < sizes[axis]!).length;
      }),
    );
  const products = alongAxes.reduce<number[]>(
    (outer, own) => outer.flatMap((count) => own.map((factor) => count * factor)),
    [1],
  );
  return Float32Array.from(products);
}
