import { intsOf, type Graph, type GraphNode, type Value } from '../../onnx/graph.js';
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

const backToShape: GradientRules[string] = (graph, { inputs: [x] }, g) => [
  () => (x!.shape.join() === g.shape.join() ? g : op.reshape(graph, g, x!.shape)),
  null,
];

/** Derivatives of what moves values about. x: input; g: the gradient of the output. */
export const shapeGradients: GradientRules = {
  Identity: (_graph, _node, g) => [() => g],
  // Of a number that is no float there is no derivative.
  Cast: (_graph, { inputs: [x] }, g) => [x!.type === 'float32' ? () => g : null],
  Reshape: backToShape,
  Flatten: backToShape,
  Squeeze: backToShape,
  Unsqueeze: backToShape,
  Expand: (graph, { inputs: [x] }, g) => [() => sumToShape(graph, g, x!), null],
  Transpose: (graph, { attributes }, g) => [
    () => {
      const perm = intsOf(attributes['perm']);
      const inverse = perm.map((_, axis) => perm.indexOf(axis));
      return op.transpose(graph, g, inverse);
    },
  ],
  Concat: (graph, { inputs, attributes }, g) => {
    const axis = axisOf(intOf(attributes['axis'], 0), g);
    let start = 0;
    return inputs.map(({ shape }) => {
      const from = start;
      start += Number(shape[axis]);
      return () => op.sliceAxis(graph, g, { axis, start: from, length: Number(shape[axis]) });
    });
  },
  Slice: (graph, node, g) => [() => sliceGradient(graph, node, g), null, null, null, null],
  // Constant padding; negative pads, which cut, have no rule.
  Pad: (graph, { inputs: [x, pads] }, g) => [
    () => {
      const before = numbersOf(graph, pads!);
      return sizesOf(x!).reduce(
        (value, length, axis) =>
          Number(value.shape[axis]) === length
            ? value
            : op.sliceAxis(graph, value, { axis, start: before[axis]!, length }),
        g,
      );
    },
    null,
    null,
  ],
  Gather: (graph, node, g) => [() => gatherGradient(graph, node, g), null],
};

/** Zeros where nothing was taken from. Starts are from the front, steps are 1. */
function sliceGradient(graph: Graph, { inputs }: GraphNode, g: Value): Value {
  const [x, starts, , axes, steps] = inputs;
  const from = numbersOf(graph, starts!);
  if (steps !== undefined && numbersOf(graph, steps).some((step) => step !== 1))
    throw new RangeError('Slice has a gradient for steps of 1 alone.');
  const along = axes === undefined ? [...from.keys()] : numbersOf(graph, axes);
  const before = sizesOf(x!).fill(0);
  along.forEach((axis, index) => {
    const length = Number(x!.shape[axisOf(axis, x!)]);
    const start = from[index]! < 0 ? from[index]! + length : from[index]!;
    before[axisOf(axis, x!)] = Math.max(0, Math.min(start, length));
  });
  const after = sizesOf(x!).map((length, axis) => length - before[axis]! - Number(g.shape[axis]));
  return op.pad(graph, g, { before, after });
}

/**
 * Adds up, for each place of the table, the gradients of all that was taken from it.
 * `ScatterElements` and not `ScatterND`, which loses sums of one place on several threads
 * (microsoft/onnxruntime #18048, #23396).
 */
function gatherGradient(graph: Graph, node: GraphNode, g: Value): Value {
  const [table, numbers] = node.inputs;
  const axis = axisOf(intOf(node.attributes['axis'], 0), table!);
  const sizes = sizesOf(table!);
  const before = productOf(sizes.slice(0, axis));
  const after = productOf(sizes.slice(axis + 1));
  const count = productOf(sizesOf(numbers!));
  const places = op.expand(graph, op.reshape(graph, numbers!, [1, count, 1]), [
    before,
    count,
    after,
  ]);
  const parts = op.reshape(graph, g, [before, count, after]);
  const shape = [before, sizes[axis]!, after];
  const none = op.expand(graph, op.scalar(graph, 0), shape);
  const sums = op.scatterAdd(graph, none, { axis: 1, places, parts });
  return op.reshape(graph, sums, sizes);
}
