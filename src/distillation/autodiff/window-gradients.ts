import { type Graph, type GraphNode, type Value } from '../../onnx/graph.js';
import * as op from '../../onnx/operators.js';
import { sizesOf, type GradientRules } from './gradient-rule.js';
import { averagePoolGradient, maxPoolGradient } from './pool-gradients.js';
import { attributesOf, leftOver, windowOf } from './window.js';

/** Derivatives of what slides a window over its input. */
export const windowGradients: GradientRules = {
  Conv: (graph, node, g) => [
    () => convInputGradient(graph, node, g),
    () => convWeightGradient(graph, node, g),
    () =>
      op.reduceSum(
        graph,
        g,
        [...g.shape.keys()].filter((axis) => axis !== 1),
      ),
  ],
  MaxPool: (graph, node, g) => [() => maxPoolGradient(graph, node, g)],
  AveragePool: (graph, node, g) => [() => averagePoolGradient(graph, node, g)],
};

/** dL/dx of z = conv(x, w): the gradient slides back over the same weights. */
function convInputGradient(graph: Graph, node: GraphNode, gradient: Value): Value {
  const [x, weight] = node.inputs;
  const window = windowOf(node, sizesOf(weight!).slice(2));
  const attributes = {
    ...attributesOf(window),
    output_padding: { ints: leftOver(window, x!, gradient) },
  };
  return graph.apply('ConvTranspose', [gradient, weight!], x!.shape, attributes);
}

/**
 * dL/dw of z = conv(x, w), itself a convolution: the input slid over by the gradient, with batch
 * and channels changing places, and strides and dilations too.
 *
 *     dw[o, c, i, j] = sum over n, y, x of
 *         g[n, o, y, x] * xPadded[n, c, y stride + i dilation, x stride + j dilation]
 *
 * With groups, each group of output channels sees its own input channels alone.
 */
function convWeightGradient(graph: Graph, node: GraphNode, gradient: Value): Value {
  const [x, weight] = node.inputs;
  const [channelsOut, groupChannels, ...kernel] = sizesOf(weight!);
  const window = windowOf(node, kernel);
  const { group, rank } = window;
  const [batch, , ...sizes] = sizesOf(x!);
  const [, , ...places] = sizesOf(gradient);
  const space = Array.from({ length: rank }, (_, axis) => axis + 3);
  const split = (value: Value, channels: number, lengths: readonly number[]): Value =>
    op.reshape(graph, value, [batch!, group, channels, ...lengths]);
  const merged = (value: Value, perm: readonly number[], shape: readonly number[]): Value =>
    op.reshape(graph, op.transpose(graph, value, [...perm, ...space]), shape);

  // [channelsIn of a group, group x batch, ...]
  const images = merged(
    split(x!, groupChannels!, sizes),
    [2, 1, 0],
    [groupChannels!, group * batch!, ...sizes],
  );
  // [channelsOut, batch, ...]
  const kernels = merged(
    split(gradient, channelsOut! / group, places),
    [1, 2, 0],
    [channelsOut!, batch!, ...places],
  );
  const swapped = { ...window, strides: window.dilations, dilations: window.strides };
  const unused = leftOver(window, x!, gradient);
  const extents = kernel.map(
    (length, axis) => length + Math.floor(unused[axis]! / window.dilations[axis]!),
  );
  const shape = [groupChannels!, channelsOut!, ...extents];
  const slid = graph.apply('Conv', [images, kernels], shape, attributesOf(swapped));
  const cut = kernel.reduce(
    (value, length, axis) =>
      extents[axis] === length
        ? value
        : op.sliceAxis(graph, value, { axis: axis + 2, start: 0, length }),
    slid,
  );
  const swap = [1, 0, ...space.map((axis) => axis - 1)];
  return op.transpose(graph, cut, swap);
}
