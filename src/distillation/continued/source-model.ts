import type { AttributeProto, NodeProto, TensorProto } from 'onnx-buf';
import {
  constantOf,
  decodeModel,
  graphOf,
  isConstant,
  isOfOnnx,
  opsetOf,
  type OnnxModel,
} from '../../onnx/decoded-model.js';
import { isFloat32 } from '../../onnx/tensor-proto.js';
import { attributeWeights, linearClassifier } from './linear-classifier.js';
import { capturedBy, subgraphsOf } from './subgraphs.js';
import { UntrainableStudentError } from './untrainable-student-error.js';

/** A node of a model that somebody has brought. */
export interface SourceNode {
  /** `Conv`; with the domain in front where it is not ONNX's own. */
  readonly op: string;
  /** For people: its name, or that of what it gives. */
  readonly name: string;
  /** Names; empty for an optional one that is not there. */
  readonly inputs: readonly string[];
  /** It is an `If`, `Loop` or `Scan`. */
  readonly hasBody: boolean;
  /** What its bodies take from around it. */
  readonly captured: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: SourceAttributes;
}

/** Attributes of a node, by name; what is not set has the default of the caller. */
export interface SourceAttributes {
  int(name: string, absent: number): number;
  float(name: string, absent: number): number;
  string(name: string, absent: string): string;
  ints(name: string): readonly number[] | null;
}

/** A model as it is in its file, and of its nodes those that the scores need. */
export interface SourceModel {
  readonly model: OnnxModel;
  /** Of ONNX's own operators. */
  readonly opset: number;
  /** Names of the inputs that are no initializers. */
  readonly inputs: readonly string[];
  /** By name; those too that a node `Constant` or `LinearClassifier` holds, if of float32. */
  readonly initializers: ReadonlyMap<string, TensorProto>;
  /** In the order of their computation. */
  readonly nodes: readonly SourceNode[];
  /** Name of the output with the scores. */
  readonly scores: string;
}

/** Before opset 7 operators broadcast by an attribute. */
const opsetMin = 7;

/**
 * @param scores  name of the output with the scores.
 * @throws {UntrainableStudentError} when the file is older than what is understood here.
 */
export function readSource(bytes: Uint8Array, scores: string): SourceModel {
  const model = decodeModel(bytes);
  const opset = opsetOf(model);
  if (opset < opsetMin)
    throw new UntrainableStudentError([
      `The student's file is of opset ${opset}, the trainer reads ${opsetMin} and later ones: ` +
        'export it again.',
    ]);
  return sourceOf(model, scores);
}

/** A model whose opset is one of those that are read. */
export function sourceOf(model: OnnxModel, scores: string): SourceModel {
  const graph = graphOf(model);
  const own = graph.initializer.map((tensor) => [tensor.name, tensor] as const);
  const initializers = new Map([
    ...own,
    ...floatConstants(graph.node),
    ...graph.node.flatMap(attributeWeights),
  ]);
  return {
    model,
    opset: opsetOf(model),
    inputs: graph.input.map(({ name }) => name).filter((name) => !initializers.has(name)),
    initializers,
    nodes: neededFor([scores], graph.node)
      .filter(({ output }) => !initializers.has(output[0]!))
      .map(sourceNode),
    scores,
  };
}

/** Some exporters write all weights so. */
function floatConstants(nodes: readonly NodeProto[]): readonly (readonly [string, TensorProto])[] {
  return nodes.filter(isConstant).flatMap((node) => {
    const tensor = constantOf(node);
    const isFloat = tensor !== undefined && isFloat32(tensor);
    return isFloat ? [[node.output[0]!, tensor] as const] : [];
  });
}

/** Those nodes that these values are computed by. */
export function neededFor(
  names: Iterable<string>,
  nodes: readonly NodeProto[],
): readonly NodeProto[] {
  const needed = new Set(names);
  return nodes
    .toReversed()
    .filter((node) => {
      if (!node.output.some((name) => needed.has(name))) return false;
      for (const name of [...node.input, ...capturedBy(node)]) needed.add(name);
      return true;
    })
    .reverse();
}

function sourceNode(node: NodeProto): SourceNode {
  const { opType, domain, name, input, output } = node;
  const op = isOfOnnx(node) ? opType : `${domain}.${opType}`;
  return {
    op,
    name: name === '' ? output[0]! : name,
    inputs: [...input, ...attributeWeights(node).map(([weight]) => weight)],
    hasBody: subgraphsOf(node).length > 0,
    captured: capturedBy(node),
    outputs: op === linearClassifier ? output.toReversed() : output, // First the scores.
    attributes: attributesOf(node.attribute),
  };
}

function attributesOf(attributes: readonly AttributeProto[]): SourceAttributes {
  const byName = new Map(attributes.map((attribute) => [attribute.name, attribute]));
  return {
    int: (name, absent) => (byName.has(name) ? Number(byName.get(name)!.i) : absent),
    float: (name, absent) => byName.get(name)?.f ?? absent,
    string: (name, absent) =>
      byName.has(name) ? new TextDecoder().decode(byName.get(name)!.s) : absent,
    ints: (name) => byName.get(name)?.ints.map(Number) ?? null,
  };
}
