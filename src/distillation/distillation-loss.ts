import type { Graph, Value } from '../onnx/graph.js';
import * as op from '../onnx/operators.js';

export interface LossTargets {
  /**
   * [batch, classes] teacher's distribution at the loss temperature, each row summing to 1; zeros
   * where only the label is known.
   */
  readonly soft: Value;
  /** [batch, classes] the label: one-hot, or smoothed and scaled (`targetsOf`). */
  readonly hard: Value;
  /** [batch] weight of each row; 0 pads a short batch. The loss is their weighted sum. */
  readonly rowWeights: Value;
}

export interface LossOptions {
  /** alpha in [0, 1]: weight of the soft target. */
  readonly alpha: number;
  /** T > 0: flattens both distributions before they are compared. */
  readonly temperature: number;
}

/**
 * Appends the distillation loss.
 *
 *     L = sum over rows of
 *           w (alpha T^2 CE(soft, softmax(v / T)) + (1 - alpha) CE(hard, softmax(v)))
 *
 * CE(p, q) = -sum p log q. It stands in for KL(soft || ...), from which it differs by the entropy
 * of the soft target alone: the same gradient, alpha T (softmax(v / T) - soft), with fewer nodes.
 * T^2 keeps both terms at the same scale when T changes.
 *
 * @param logits  v, [batch, classes].
 * @returns       a scalar.
 * @see Hinton et al. 2015, "Distilling the Knowledge in a Neural Network", §2, arXiv:1503.02531
 */
export function distillationLoss(
  graph: Graph,
  logits: Value,
  { soft, hard, rowWeights, alpha, temperature }: LossTargets & LossOptions,
): Value {
  const cooled = op.mul(graph, logits, op.scalar(graph, 1 / temperature));
  const softWeight = op.scalar(graph, -alpha * temperature ** 2);
  const softTerm = op.mul(graph, logLikelihood(graph, soft, cooled), softWeight);
  const hardWeight = op.scalar(graph, alpha - 1);
  const hardTerm = op.mul(graph, logLikelihood(graph, hard, logits), hardWeight);
  const perRow = op.add(graph, softTerm, hardTerm);
  return op.reduceSum(graph, op.mul(graph, perRow, rowWeights), [0]);
}

/** -CE: the sum over classes of target * log softmax(logits), [batch]. */
function logLikelihood(graph: Graph, target: Value, logits: Value): Value {
  return op.reduceSum(graph, op.mul(graph, target, op.logSoftmax(graph, logits)), [1]);
}
