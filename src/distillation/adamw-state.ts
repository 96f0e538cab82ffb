import { Tensor } from '../onnx/runtime.js';
import { adamwSchedule } from './adamw.js';

/** Weights in training, with what AdamW keeps of their gradients. */
export interface AdamwWeights {
  /** What a training step reads, for the next of the steps, counted from 1. */
  feeds(learningRate: number): Readonly<Record<string, Tensor>>;
  /** Takes over what the step has made of them. @returns the loss before it. */
  take(results: Readonly<Record<string, Tensor>>): number;
  /** [parameters] float32, not to be modified. */
  theta(): Float32Array;
}

/** @param theta  [parameters] to start from; copied. */
export function createAdamwWeights(theta: Float32Array): AdamwWeights {
  let state = {
    theta: theta.slice(),
    mean: new Float32Array(theta.length),
    square: new Float32Array(theta.length),
  };
  let steps = 0;
  return {
    feeds(learningRate) {
      steps++;
      return {
        theta: vectorOf(state.theta),
        mean: vectorOf(state.mean),
        square: vectorOf(state.square),
        schedule: vectorOf(adamwSchedule(steps, learningRate)),
      };
    },
    take(results) {
      state = {
        theta: floatsOf(results['thetaNext']),
        mean: floatsOf(results['meanNext']),
        square: floatsOf(results['squareNext']),
      };
      return floatsOf(results['loss'])[0]!;
    },
    theta: () => state.theta,
  };
}

export const vectorOf = (data: Float32Array): Tensor => new Tensor('float32', data, [data.length]);

export const matrixOf = (data: Float32Array, columns: number): Tensor =>
  new Tensor('float32', data, [data.length / columns, columns]);

export function floatsOf(tensor: Tensor | undefined): Float32Array<ArrayBuffer> {
  if (!(tensor?.data instanceof Float32Array)) throw new TypeError('The graph lacks an output.');
  return tensor.data as Float32Array<ArrayBuffer>;
}
