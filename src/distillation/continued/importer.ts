import type { Dim, ElementType, Graph, GraphNode, Value } from '../../onnx/graph.js';
import type { SourceNode } from './source-model.js';

/** A node that is to become nodes of a training graph. */
export interface Import {
  readonly graph: Graph;
  readonly opset: number;
  readonly node: SourceNode;
  /** What it gives first are the scores of the model. */
  readonly isLast: boolean;
  /** Null for an optional one that is not there. */
  readonly inputs: readonly (Value | null)[];
  /** What the node gives, as a run has shown. */
  readonly outputs: readonly { readonly shape: readonly number[]; readonly type: ElementType }[];
}

/**
 * Appends what a node computes, in the form that gradient rules know (opset 21, axes as constant
 * inputs, padding in numbers), from whatever form its opset has.
 *
 * @returns its outputs; those that nobody can need may be left out.
 * @throws {UncoveredError} when the node does what the trainer has no gradient for.
 */
export type Importer = (given: Import) => readonly Value[];
export type Importers = Readonly<Record<string, Importer>>;

/** Why a node can not be part of a training graph. */
export class UncoveredError extends Error {}

/** An input that the operator always has. */
export const input = ({ inputs }: Import, index: number): Value => inputs[index]!;

/** The numbers of a constant input; null where it is not there. */
export function numbers({ graph, inputs }: Import, index: number, what: string): number[] | null {
  const value = inputs[index] ?? null;
  if (value === null) return null;
  const constant = graph.constants.get(value.name);
  if (constant === undefined) throw new UncoveredError(`its ${what} are no constants`);
  return Array.from(constant.data, Number);
}

/** The node as it is, but for its attributes. */
export function asItIs(
  given: Import,
  attributes: GraphNode['attributes'] = {},
  inputs: readonly Value[] = present(given),
): readonly Value[] {
  const { graph, node, outputs } = given;
  return graph.applyMany({ op: node.op, inputs, attributes }, outputs);
}

export const present = ({ inputs }: Import): Value[] => inputs.filter((value) => value !== null);

/** Any operator of one output of the same shape and type as the node's. */
export function become(
  { graph, outputs }: Import,
  node: Omit<GraphNode, 'outputs' | 'attributes'> & Partial<Pick<GraphNode, 'attributes'>>,
): Value {
  return graph.applyMany({ attributes: {}, ...node }, [outputs[0]!])[0]!;
}

export const shapeOf = ({ shape }: { readonly shape: readonly Dim[] }): number[] =>
  shape.map(Number);

/** From the front. */
export const fromFront = (axis: number, rank: number): number => (axis < 0 ? axis + rank : axis);
