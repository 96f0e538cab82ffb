import type { Attribute, Graph, GraphNode, Value } from '../../onnx/graph.js';
import * as op from '../../onnx/operators.js';

/**
 * Gives the gradient of each input of a node, `null` for inputs that no gradient flows to (axes,
 * shapes). `gradient` is that of the node's first output.
 *
 * Nodes are in the form of opset 21: axes and sizes are constant inputs, and every size is known.
 */
export type GradientRule = (
  graph: Graph,
  node: GraphNode,
  gradient: Value,
) => readonly (LazyGradient | null)[];

/** Built only for inputs that lead to a wanted value, so that no dead nodes are run. */
export type LazyGradient = () => Value;

export type GradientRules = Readonly<Record<string, GradientRule>>;

/** Undoes broadcasting: sums a gradient over the axes along which `target` was repeated. */
export function sumToShape(graph: Graph, gradient: Value, target: Value): Value {
  const offset = gradient.shape.length - target.shape.length;
  const axes = gradient.shape.flatMap((dim, axis) =>
    axis < offset || (target.shape[axis - offset] === 1 && dim !== 1) ? [axis] : [],
  );
  if (axes.length === 0) return gradient;
  const summed = op.reduceSum(graph, gradient, axes);
  return summed.shape.length === target.shape.length
    ? summed
    : op.reshape(graph, summed, target.shape);
}

export const isSet = (attribute: Attribute | undefined): boolean => intOf(attribute, 0) !== 0;

export const intOf = (attribute: Attribute | undefined, absent: number): number =>
  attribute !== undefined && 'int' in attribute ? attribute.int : absent;

export const floatOf = (attribute: Attribute | undefined, absent: number): number =>
  attribute !== undefined && 'float' in attribute ? attribute.float : absent;

/** The numbers of a constant input. */
export function numbersOf(graph: Graph, value: Value): number[] {
  const constant = graph.constants.get(value.name);
  if (constant === undefined) throw new RangeError(`${value.name} is no constant.`);
  return Array.from(constant.data, Number);
}

/** Counted from the front. */
export const axisOf = (axis: number, { shape }: Value): number =>
  axis < 0 ? axis + shape.length : axis;

export const sizesOf = ({ shape }: Value): number[] => shape.map(Number);
export const productOf = (sizes: readonly number[]): number =>
  sizes.reduce((product, size) => product * size, 1);
