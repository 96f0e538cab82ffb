import { create } from '@bufbuild/protobuf';
import {
  TensorProto_DataType,
  TensorProtoSchema,
  type NodeProto,
  type TensorProto,
} from 'onnx-buf';

/** As `SourceNode.op` has it. Linear models of scikit-learn are exported so. */
export const linearClassifier = 'ai.onnx.ml.LinearClassifier';

/** Why the weights of one are not read. */
export const oneRow = 'it has one row of coefficients for two labels, or no intercepts';

/** Attributes that hold its weights: [labels, inputs] and [labels]. */
const weightAttributes = ['coefficients', 'intercepts'] as const;

/**
 * Finds the weights that a node keeps in its attributes, by names of their own: what comes after
 * takes them for initializers.
 *
 * @returns none of another node, or where it has a single row of them for two labels.
 */
export function attributeWeights(node: NodeProto): readonly (readonly [string, TensorProto])[] {
  if (!isLinear(node)) return [];
  const named = new Map(node.attribute.map((one) => [one.name, one]));
  const labels =
    (named.get('classlabels_ints')?.ints.length ?? 0) ||
    (named.get('classlabels_strings')?.strings.length ?? 0);
  const coefficients = named.get('coefficients')?.floats ?? [];
  const intercepts = named.get('intercepts')?.floats ?? [];
  const isWhole = intercepts.length === labels && coefficients.length % labels === 0;
  if (labels === 0 || !isWhole) return [];
  return [
    [nameOf(node, 'coefficients'), floats(coefficients, [labels, coefficients.length / labels])],
    [nameOf(node, 'intercepts'), floats(intercepts, [labels])],
  ];
}

/** @returns the same node with those of its weights that are given, by the same names. */
export function withAttributeWeights(
  node: NodeProto,
  values: ReadonlyMap<string, Float32Array>,
): NodeProto {
  if (!isLinear(node)) return node;
  const attribute = node.attribute.map((one) => {
    const what = weightAttributes.find((name) => name === one.name);
    const own = what === undefined ? undefined : values.get(nameOf(node, what));
    return own === undefined ? one : { ...one, floats: [...own] };
  });
  return { ...node, attribute };
}

const isLinear = ({ domain, opType }: NodeProto): boolean =>
  `${domain}.${opType}` === linearClassifier;
const nameOf = ({ output }: NodeProto, what: (typeof weightAttributes)[number]): string =>
  `${output[1]}/${what}`;

const floats = (floatData: number[], shape: readonly number[]): TensorProto =>
  create(TensorProtoSchema, {
    ...{ dataType: TensorProto_DataType.FLOAT, dims: shape.map(BigInt), floatData },
  });
