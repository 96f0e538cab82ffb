import type { Graph, Value } from '../onnx/graph.js';
import * as op from '../onnx/operators.js';

const adamwDefaults = { beta1: 0.9, beta2: 0.999, epsilon: 1e-8 } as const;

export interface AdamwState {
  /** [parameters] weights, and the running means of their gradients and squared gradients. */
  readonly theta: Value;
  readonly mean: Value;
  readonly square: Value;
}

/**
 * Appends one AdamW step on a flat parameter vector.
 *
 *     m' = b1 m + (1 - b1) g          s' = b2 s + (1 - b2) g^2
 *     theta' = theta - lr (m' c1 / (sqrt(s' c2) + eps) + decay * theta)
 *
 * @param schedule  [3]: lr, c1 = 1 / (1 - b1^t), c2 = 1 / (1 - b2^t), for step t from 1.
 * @param decay     [parameters] weight decay of each parameter (0 for biases).
 * @see Loshchilov & Hutter 2019, "Decoupled Weight Decay Regularization", alg. 2, arXiv:1711.05101
 */
export function adamwStep(
  graph: Graph,
  state: AdamwState,
  { gradient, schedule, decay }: { gradient: Value; schedule: Value; decay: Value },
): AdamwState {
  const { beta1, beta2, epsilon } = adamwDefaults;
  const [rate, meanScale, squareScale] = [0, 1, 2].map((k) => op.slice(graph, schedule, k, 1));
  const blend = (old: Value, fresh: Value, beta: number): Value =>
    op.add(
      graph,
      op.mul(graph, old, op.scalar(graph, beta)),
      op.mul(graph, fresh, op.scalar(graph, 1 - beta)),
    );
  const mean = blend(state.mean, gradient, beta1);
  const square = blend(state.square, op.mul(graph, gradient, gradient), beta2);
  const spread = op.sqrt(graph, op.mul(graph, square, squareScale!));
  const direction = op.div(
    graph,
    op.mul(graph, mean, meanScale!),
    op.add(graph, spread, op.scalar(graph, epsilon)),
  );
  const shrink = op.mul(graph, decay, state.theta);
  const change = op.mul(graph, op.add(graph, direction, shrink), rate!);
  return { theta: op.sub(graph, state.theta, change), mean, square };
}

/** The `schedule` input of step `t` (from 1) at learning rate `rate`. */
export function adamwSchedule(t: number, rate: number): Float32Array {
  const { beta1, beta2 } = adamwDefaults;
  return Float32Array.of(rate, 1 / (1 - beta1 ** t), 1 / (1 - beta2 ** t));
}
