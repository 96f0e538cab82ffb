import {
  constantOf,
  encodeWith,
  graphOf,
  isConstant,
  withConstant,
} from '../../onnx/decoded-model.js';
import { withFloats } from '../../onnx/tensor-proto.js';
import type { SourceWeight } from './find-weights.js';
import { withAttributeWeights } from './linear-classifier.js';
import type { SourceModel } from './source-model.js';

/**
 * Writes the model file anew, with other weights and everything else as it was.
 *
 * @param theta  [parameters] float32: the weights one after the other, in their order.
 */
export function withWeights(
  { model }: Pick<SourceModel, 'model'>,
  weights: readonly SourceWeight[],
  theta: Float32Array,
): Uint8Array {
  const values = new Map<string, Float32Array>();
  let start = 0;
  for (const { name, data } of weights) {
    values.set(name, theta.subarray(start, start + data.length));
    start += data.length;
  }
  const graph = graphOf(model);
  const initializer = graph.initializer.map((tensor) => {
    const own = values.get(tensor.name);
    return own === undefined ? tensor : withFloats(tensor, own);
  });
  const node = graph.node.map((one) => {
    const own = isConstant(one) ? values.get(one.output[0]!) : undefined;
    if (own === undefined) return withAttributeWeights(one, values);
    return withConstant(one, withFloats(constantOf(one)!, own));
  });
  return encodeWith(model, { ...graph, initializer, node });
}
