import type { Graph, Value } from '../onnx/graph.js';
import * as op from '../onnx/operators.js';

const adamwDefaults = { beta1: 0.9, beta2: 0.999, epsilon: 1e-8 } as const;

export interface AdamwState {
  /** [parameters] weights. */
  readonly theta: Value;
  /** [parameters] running sums of gradients and of their squares, decaying; see `adamwStep`. */
  readonly gradientSum: Value;
  readonly squareSum: Value;
}

/**
 * Appends one AdamW step on a flat parameter vector. It keeps sums in place of the paper's means,
 * M = m / (1 - b1) and S = s / (1 - b2), and takes what is common to all parameters out of the
 * vectors: each operation on them is a walk through memory.
 *
 *     M' = b1 M + g                   S' = b2 S + g^2
 *     theta' = theta - (rate M' / (sqrt(S') + eps') + lr decay theta)
 *
 * @param schedule  [3]: rate, eps', lr; see `adamwSchedule`.
 * @param decay     [parameters] weight decay of each parameter (0 for biases).
 * @see Loshchilov & Hutter 2019, "Decoupled Weight Decay Regularization", alg. 2, arXiv:1711.05101
 */
export function adamwStep(
  graph: Graph,
  state: AdamwState,
  { gradient, schedule, decay }: { gradient: Value; schedule: Value; decay: Value },
): AdamwState {
  const { beta1, beta2 } = adamwDefaults;
  const [rate, epsilon, learningRate] = [0, 1, 2].map((k) => op.slice(graph, schedule, k, 1));
  const grown = (sum: Value, beta: number, fresh: Value): Value =>
    op.add(graph, op.mul(graph, sum, op.scalar(graph, beta)), fresh);
  const gradientSum = grown(state.gradientSum, beta1, gradient);
  const squareSum = grown(state.squareSum, beta2, op.mul(graph, gradient, gradient));
  const spread = op.add(graph, op.sqrt(graph, squareSum), epsilon!);
  const change = op.mul(graph, op.div(graph, gradientSum, spread), rate!);
  const shrink = op.mul(graph, op.mul(graph, state.theta, decay), learningRate!);
  const theta = op.sub(graph, op.sub(graph, state.theta, change), shrink);
  return { theta, gradientSum, squareSum };
}

/**
 * The `schedule` input of step `t` (from 1) at a learning rate.
 *
 *     m' c1 / (sqrt(s' c2) + eps) = rate / lr * M' / (sqrt(S') + eps')
 *         c1 = 1 / (1 - b1^t), c2 = 1 / (1 - b2^t), k = sqrt((1 - b2) c2)
 *         rate = lr (1 - b1) c1 / k, eps' = eps / k
 *
 * @returns [rate, eps', lr]
 */
export function adamwSchedule(t: number, learningRate: number): Float32Array {
  const { beta1, beta2, epsilon } = adamwDefaults;
  const k = Math.sqrt((1 - beta2) / (1 - beta2 ** t));
  const rate = (learningRate * (1 - beta1)) / (1 - beta1 ** t) / k;
  return Float32Array.of(rate, epsilon / k, learningRate);
}
