import { isSingle, readTensor } from '../../onnx/tensor-proto.js';
import { dependentsOf } from './dependents.js';
import { linearClassifier } from './linear-classifier.js';
import type { SourceModel, SourceNode } from './source-model.js';

/** A tensor of the file that training may change. */
export interface SourceWeight {
  readonly name: string;
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

/** The inputs of an operator that weights come in by. */
const weightInputs: Readonly<Record<string, readonly number[]>> = {
  MatMul: [0, 1],
  Gemm: [0, 1, 2],
  Conv: [1, 2],
  Gather: [0],
  Add: [0, 1],
  Mul: [0, 1],
  PRelu: [1],
  LayerNormalization: [1, 2],
  InstanceNormalization: [1, 2],
  // Not the running mean and variance, which are measured, not learnt.
  BatchNormalization: [1, 2],
  [linearClassifier]: [1, 2],
};

const productOps = new Set(['MatMul', 'Gemm', 'Conv', linearClassifier]);

/** What exporters put between a weight and its operator. */
const layouts = new Set([
  ...['Identity', 'Cast', 'Transpose', 'Reshape', 'Squeeze', 'Unsqueeze', 'Flatten'],
  ...['Concat', 'Slice', 'Split', 'Gather', 'Expand'],
]);

/**
 * Finds the weights of a model: its float32 initializers, on the way from the inputs to the scores,
 * by which something is multiplied or to which it is added. Single numbers that scale or shift
 * (the 0.5 of a GELU, an epsilon) are no weights, unless added to a product with a weight: the bias
 * of a single score.
 *
 * @returns in the order of the file.
 */
export function findWeights(source: SourceModel): readonly SourceWeight[] {
  const { nodes, initializers, inputs } = source;
  const changing = dependentsOf(source, inputs);
  /** By value: the initializers that it is another layout of. */
  const origins = new Map<string, readonly string[]>();
  for (const name of initializers.keys()) origins.set(name, [name]);
  const found = new Set<string>();
  /** Products with weights, in whatever layout. */
  const products = new Set<string>();
  for (const node of nodes) {
    const isOnWay = node.outputs.some((name) => changing.has(name));
    if (!isOnWay) {
      if (layouts.has(node.op)) passOn(node, origins);
      continue;
    }
    const own = (weightInputs[node.op] ?? [])
      .flatMap((index) => origins.get(node.inputs[index] ?? '') ?? [])
      .filter((name) => mayBeSingle(node, products) || !isSingle(initializers.get(name)!));
    for (const name of own) found.add(name);
    const isProduct = productOps.has(node.op)
      ? own.length > 0
      : layouts.has(node.op) && products.has(node.inputs[0]!);
    if (isProduct) products.add(node.outputs[0]!);
  }
  return [...initializers]
    .filter(([name]) => found.has(name))
    .flatMap(([name, proto]): SourceWeight[] => {
      const tensor = readTensor(proto);
      if (!(tensor?.data instanceof Float32Array)) return [];
      return [{ name, shape: tensor.shape, data: tensor.data }];
    });
}

function passOn({ op, inputs, outputs }: SourceNode, origins: Map<string, readonly string[]>) {
  const moved = op === 'Concat' ? inputs : inputs.slice(0, 1);
  const own = moved.flatMap((name) => origins.get(name) ?? []);
  for (const output of outputs) origins.set(output, own);
}

const mayBeSingle = ({ op, inputs }: SourceNode, products: ReadonlySet<string>): boolean =>
  op === 'Add' ? inputs.some((name) => products.has(name)) : op !== 'Mul';
