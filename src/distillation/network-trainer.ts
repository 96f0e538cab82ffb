import { InferenceSession, Tensor } from '../onnx/runtime.js';
import { sessionOptions } from '../onnx/session-options.js';
import { adamwSchedule } from './adamw.js';
import { parameterCountOf, sizeOf, type Architecture } from './architecture.js';
import type { LossOptions } from './distillation-loss.js';
import { buildModelGraph, buildTrainingGraph, type TrainingShape } from './training-graph.js';

/** One step's rows, padded to `batchRows` by rows of weight 0. */
export interface TrainingBatch {
  /** [batchRows * inputSize] float32. */
  readonly x: Float32Array;
  /** [batchRows * classCount] float32 distributions, see `LossTargets`. */
  readonly soft: Float32Array;
  readonly hard: Float32Array;
  /** [batchRows] float32. */
  readonly rowWeights: Float32Array;
}

/** A network in training: steps change its weights, scoring and export read them. */
export interface NetworkTrainer {
  /** Makes one AdamW step. @returns the loss of this batch before the step. */
  step(batch: TrainingBatch, learningRate: number): Promise<number>;
  /** @returns [rows * classCount] float32 logits of the given (default: present) weights. */
  score(x: Float32Array, rows: number, theta?: Float32Array): Promise<Float32Array>;
  /** [parameters] float32: a copy of the weights. */
  weights(): Float32Array;
  close(): Promise<void>;
}

export interface NetworkTrainerOptions {
  readonly architecture: Architecture;
  readonly shape: TrainingShape;
  readonly loss: LossOptions;
  /** [parameters] float32 to start from; see `initialWeights`. */
  readonly theta: Float32Array;
}

/** Opens the training graph and the scoring graph of a network. */
export async function openNetworkTrainer(options: NetworkTrainerOptions): Promise<NetworkTrainer> {
  const { architecture, shape, loss, theta } = options;
  const { inputSize, classCount, batchRows } = shape;
  const open = (model: Uint8Array) => InferenceSession.create(model, sessionOptions);
  const training = await open(buildTrainingGraph(architecture, shape, loss));
  const scoring = await open(buildModelGraph(architecture, inputSize, null));
  const parameterCount = parameterCountOf(architecture);
  const vector = (data: Float32Array): Tensor => new Tensor('float32', data, [data.length]);
  const matrix = (data: Float32Array, columns: number): Tensor =>
    new Tensor('float32', data, [data.length / columns, columns]);

  let state: Record<'theta' | 'mean' | 'square', Float32Array> = {
    theta: theta.slice(),
    mean: new Float32Array(parameterCount),
    square: new Float32Array(parameterCount),
  };
  let steps = 0;

  return {
    async step({ x, soft, hard, rowWeights }, learningRate) {
      if (x.length !== batchRows * inputSize)
        throw new RangeError(`A batch has ${batchRows} x ${inputSize} values, got ${x.length}.`);
      steps++;
      const results = await training.run({
        theta: vector(state.theta),
        mean: vector(state.mean),
        square: vector(state.square),
        x: matrix(x, inputSize),
        soft: matrix(soft, classCount),
        hard: matrix(hard, classCount),
        rowWeights: vector(rowWeights),
        schedule: vector(adamwSchedule(steps, learningRate)),
      });
      state = {
        theta: floats(results['thetaNext']),
        mean: floats(results['meanNext']),
        square: floats(results['squareNext']),
      };
      return floats(results['loss'])[0]!;
    },
    async score(x, rows, ownTheta = state.theta) {
      const feeds = { theta: vector(ownTheta), input: matrix(x, x.length / rows) };
      return floats((await scoring.run(feeds))['logits']);
    },
    weights: () => state.theta.slice(),
    async close() {
      await training.release();
      await scoring.release();
    },
  };
}

/**
 * Draws weights to start from: normal with variance 2 / fanIn, biases 0.
 *
 * @param drawNormal  standard normal draws.
 * @see He et al. 2015, "Delving Deep into Rectifiers", §2.2, arXiv:1502.01852
 */
export function initialWeights(
  { parameters }: Architecture,
  drawNormal: () => number,
): Float32Array {
  return Float32Array.from(
    parameters.flatMap((parameter) => {
      const spread = parameter.fanIn === 0 ? 0 : Math.sqrt(2 / parameter.fanIn);
      return Array.from({ length: sizeOf(parameter) }, () =>
        spread === 0 ? 0 : spread * drawNormal(),
      );
    }),
  );
}

function floats(tensor: Tensor | undefined): Float32Array {
  if (!(tensor?.data instanceof Float32Array)) throw new TypeError('The graph lacks an output.');
  return tensor.data;
}
