import { InferenceSession } from '../onnx/runtime.js';
import { sessionOptions } from '../onnx/session-options.js';
import { createAdamwWeights, floatsOf, matrixOf, vectorOf } from './adamw-state.js';
import { sizeOf, type Architecture } from './architecture.js';
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
  const scoring = await open(buildModelGraph(architecture, { inputSize, theta: null }));
  const own = createAdamwWeights(theta);

  return {
    async step({ x, soft, hard, rowWeights }, learningRate) {
      if (x.length !== batchRows * inputSize)
        throw new RangeError(`A batch has ${batchRows} x ${inputSize} values, got ${x.length}.`);
      const batch = {
        x: matrixOf(x, inputSize),
        soft: matrixOf(soft, classCount),
        hard: matrixOf(hard, classCount),
        rowWeights: vectorOf(rowWeights),
      };
      const results = await training.run({ ...own.feeds(learningRate), ...batch }, own.fetches);
      return own.take(results);
    },
    async score(x, rows, ownTheta = own.theta()) {
      const feeds = { theta: vectorOf(ownTheta), input: matrixOf(x, x.length / rows) };
      return floatsOf((await scoring.run(feeds))['logits']);
    },
    weights: () => own.theta().slice(),
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
