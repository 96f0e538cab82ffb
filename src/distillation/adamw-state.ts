import { Tensor } from '../onnx/runtime.js';
import { adamwSchedule } from './adamw.js';

/** Weights in training, with what AdamW keeps of their gradients. */
export interface AdamwWeights {
  /** What a training step reads, for the next of the steps, counted from 1. */
  feeds(learningRate: number): Readonly<Record<string, Tensor>>;
  /** Where the step writes: in the place of the state before last. */
  readonly fetches: Readonly<Record<string, Tensor | null>>;
  /** Takes over what the step has made of them. @returns the loss before it. */
  take(results: Readonly<Record<string, Tensor>>): number;
  /** [parameters] float32, not to be modified; good until the next step. */
  theta(): Float32Array;
}

/** @param theta  [parameters] to start from; copied. */
export function createAdamwWeights(theta: Float32Array): AdamwWeights {
  let state = stateOf(theta.slice());
  let next = stateOf(new Float32Array(theta.length));
  let steps = 0;
  return {
    feeds(learningRate) {
      steps++;
      return { ...state, schedule: vectorOf(adamwSchedule(steps, learningRate)) };
    },
    get fetches() {
      const { theta: thetaNext, gradientSum: gradientSumNext, squareSum: squareSumNext } = next;
      return { thetaNext, gradientSumNext, squareSumNext, loss: null };
    },
    take(results) {
      [state, next] = [next, state];
      return floatsOf(results['loss'])[0]!;
    },
    theta: () => floatsOf(state.theta),
  };
}

/** Two of them are enough for all steps: fresh memory for each would have to be paged in. */
const stateOf = (theta: Float32Array) => ({
  theta: vectorOf(theta),
  gradientSum: vectorOf(new Float32Array(theta.length)),
  squareSum: vectorOf(new Float32Array(theta.length)),
});

export const vectorOf = (data: Float32Array): Tensor => new Tensor('float32', data, [data.length]);

export const matrixOf = (data: Float32Array, columns: number): Tensor =>
  new Tensor('float32', data, [data.length / columns, columns]);

export function floatsOf(tensor: Tensor | undefined): Float32Array<ArrayBuffer> {
  if (!(tensor?.data instanceof Float32Array)) throw new TypeError('The graph lacks an output.');
  return tensor.data as Float32Array<ArrayBuffer>;
}
