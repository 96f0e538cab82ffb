import type { Graph, Value } from '../../onnx/graph.js';
import * as op from '../../onnx/operators.js';
import type { PrincipalPlane } from './principal-plane.js';

/** As many as `noveltyFeatures` gives. */
export const noveltyFeatureCount = 3;

/** Multiply-adds of a row: the product with the axes. */
export const noveltyMultiplyAdds = ({ axes }: PrincipalPlane): number => axes.length;

/**
 * Appends what tells an input that is unlike the training rows:
 *
 *     d = x - mean,   a = d axes
 *     features = [ |d - a axes'|,  |a / deviations|,  -log sum exp(logits) ]
 *
 * how far it lies off the plane that they lie along, how far out on it, and the energy of the
 * logits. Students are sure of pure noise, and of images with black and white exchanged; these lie
 * far off the plane (`npm run bench -- --only out-of-scope-images`).
 *
 * @param x       [batch, size] float32, as the network sees it.
 * @param logits  [batch, classes]
 * @returns       [batch, 3], each the greater the stranger.
 * @see Wang et al. 2022, "ViM: Out-Of-Distribution with Virtual-logit Matching", arXiv:2203.10807
 *      (the residual and the energy); Lee et al. 2018, arXiv:1807.03888 (distances)
 */
export function noveltyFeatures(
  graph: Graph,
  { x, logits }: { readonly x: Value; readonly logits: Value },
  { mean, axes, deviations }: PrincipalPlane,
): Value {
  const size = mean.length;
  const count = deviations.length;
  const away = op.sub(graph, x, graph.constant(mean, [1, size], 'planeMean'));
  const along = op.matMul(graph, away, graph.constant(axes, [size, count], 'planeAxes'));
  const shares = op.div(graph, along, graph.constant(deviations, [1, count], 'planeDeviations'));
  const left = op.sub(graph, squares(graph, away), squares(graph, along));
  return op.columns(graph, [
    op.sqrt(graph, op.relu(graph, left)), // Rounding may leave a little less than 0.
    op.sqrt(graph, squares(graph, shares)),
    energy(graph, logits),
  ]);
}

// No operators of reduction: each opset writes them otherwise (`join-graph.ts`).

/** Sum of the squares of each row. */
const squares = (graph: Graph, x: Value): Value => weighted(graph, op.mul(graph, x, x), 1);

/** For each class, log softmax z - z = -log sum exp z: the mean over them. */
const energy = (graph: Graph, z: Value): Value =>
  weighted(graph, op.sub(graph, op.logSoftmax(graph, z), z), 1 / (z.shape[1] as number));

/** [batch, n] -> [batch, 1]: the sum of each row, times a number. */
function weighted(graph: Graph, x: Value, by: number): Value {
  const n = x.shape[1] as number;
  return op.matMul(graph, x, graph.constant(new Float32Array(n).fill(by), [n, 1]));
}
