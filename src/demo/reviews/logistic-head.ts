/** A linear classifier of two classes. */
export interface LogisticHead {
  /** [size] */
  readonly weights: Float64Array;
  readonly bias: number;
}

export interface HeadRow {
  /** [size] */
  readonly vector: Float32Array;
  readonly label: 0 | 1;
}

/** Enough for rows of length 1 to come within 1e-6 of the least loss. */
const steps = 400;
/** Below 2 / the greatest curvature, which is (1 + 1) / 4 for rows of length 1 with a bias. */
const stepSize = 2;
const momentum = 0.9;

/**
 * Fits a logistic regression by gradient descent with momentum.
 *
 *     loss = (sum over rows of log(1 + exp(-y z)) + l2 |w|^2 / 2) / rows,   z = w.x + b, y = +-1
 *
 * @param rows  vectors of length 1 at most; at least one.
 * @param l2    weight of the penalty, in rows, > 0.
 */
export function fitLogisticHead(rows: readonly HeadRow[], l2: number): LogisticHead {
  const size = rows[0]!.vector.length;
  const parameters = new Float64Array(size + 1); // The last is the bias.
  const velocity = new Float64Array(size + 1);
  for (let step = 0; step < steps; step++) {
    const slope = new Float64Array(size + 1);
    for (let k = 0; k < size; k++) slope[k] = l2 * parameters[k]!;
    for (const { vector, label } of rows) {
      const error = probabilityOf(parameters, vector) - label;
      for (let k = 0; k < size; k++) slope[k]! += error * vector[k]!;
      slope[size]! += error;
    }
    for (let k = 0; k <= size; k++) {
      velocity[k] = momentum * velocity[k]! - (stepSize * slope[k]!) / rows.length;
      parameters[k]! += velocity[k]!;
    }
  }
  return { weights: parameters.slice(0, size), bias: parameters[size]! };
}

/** @returns the probability of class 1. */
export const positiveShare = ({ weights, bias }: LogisticHead, vector: Float32Array): number =>
  probabilityOf(Float64Array.of(...weights, bias), vector);

function probabilityOf(parameters: Float64Array, vector: Float32Array): number {
  let z = parameters[vector.length]!;
  for (let k = 0; k < vector.length; k++) z += parameters[k]! * vector[k]!;
  return 1 / (1 + Math.exp(-z));
}
