import type { Value } from '../../onnx/graph.js';
import * as op from '../../onnx/operators.js';
import { input, shapeOf, UncoveredError, type Import, type Importers } from './importer.js';
import { linearClassifier, oneRow } from './linear-classifier.js';

/** Of ONNX's operators for classical models those that linear ones are made of. */
export const linearImporters: Importers = {
  [linearClassifier]: (given) => {
    const { graph, inputs } = given;
    const [x, weights, bias] = inputs;
    if (x == null || weights == null || bias == null) throw new UncoveredError(oneRow);
    const floats = x.type === 'float32' ? x : op.toFloat32(graph, x);
    const shape = [shapeOf(x)[0]!, shapeOf(weights)[0]!];
    const transB = { int: 1 };
    return [transformed(given, graph.apply('Gemm', [floats, weights, bias], shape, { transB }))];
  },
  'ai.onnx.ml.Normalizer': (given) => {
    const { graph, node } = given;
    const x = input(given, 0);
    if (x.shape.length !== 2) throw new UncoveredError('its input is no matrix');
    const norm = node.attributes.string('norm', 'MAX');
    if (norm !== 'L1') throw new UncoveredError(`its norm is ${norm}`);
    const sizes = graph.apply('Abs', [x], x.shape);
    return [op.div(graph, x, op.reduceSum(graph, sizes, [1], { keepDims: true }))];
  },
};

function transformed({ graph, node, isLast }: Import, scores: Value): Value {
  const name = node.attributes.string('post_transform', 'NONE');
  if (name === 'NONE') return scores;
  if (name === 'LOGISTIC' && isLast)
    throw new UncoveredError(
      'it is LOGISTIC without a Normalizer: learnt, its scores sum to 1 no more',
    );
  if (name === 'LOGISTIC') return op.sigmoid(graph, scores);
  if (name === 'SOFTMAX')
    return graph.apply('Softmax', [scores], scores.shape, { axis: { int: 1 } });
  throw new UncoveredError(`its post_transform is ${name}`);
}
