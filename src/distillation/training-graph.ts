import { encodeModel } from '../onnx/encode-model.js';
import { Graph, type Value } from '../onnx/graph.js';
import * as op from '../onnx/operators.js';
import { adamwStep } from './adamw.js';
import { parameterCountOf, sizeOf, type Architecture } from './architecture.js';
import { gradients } from './autodiff/gradients.js';
import { distillationLoss, type LossOptions } from './distillation-loss.js';

export interface TrainingShape {
  readonly inputSize: number;
  readonly classCount: number;
  /** Rows of one step, fixed: `rowWeights` of 0 pad a short batch. */
  readonly batchRows: number;
  /** Weight decay of weights; biases have none. */
  readonly weightDecay: number;
}

/**
 * Builds one training step as one ONNX graph: forward, loss, backward, AdamW. Its state is three
 * flat vectors, for every tensor that crosses the boundary costs about 4 microseconds.
 *
 * Inputs: theta, mean, square [parameters]; x [rows, inputSize]; soft, hard [rows, classes];
 * rowWeights [rows]; schedule [3] (see `adamwSchedule`). Outputs: thetaNext, meanNext, squareNext,
 * loss.
 */
export function buildTrainingGraph(
  architecture: Architecture,
  shape: TrainingShape,
  lossOptions: LossOptions,
): Uint8Array {
  const { inputSize, classCount, batchRows } = shape;
  const graph = new Graph();
  const parameterCount = parameterCountOf(architecture);
  const [theta, mean, square] = ['theta', 'mean', 'square'].map((name) =>
    graph.input(name, [parameterCount]),
  );
  const x = graph.input('x', [batchRows, inputSize]);
  const soft = graph.input('soft', [batchRows, classCount]);
  const hard = graph.input('hard', [batchRows, classCount]);
  const rowWeights = graph.input('rowWeights', [batchRows]);
  const schedule = graph.input('schedule', [3]);

  const weights = unpackWeights(graph, theta!, architecture);
  const logits = architecture.forward(graph, x, weights);
  const loss = distillationLoss(graph, logits, { ...lossOptions, soft, hard, rowWeights });
  const gradient = op.concat(
    graph,
    gradients(graph, loss, weights).map((part, index) =>
      op.reshape(graph, part, [sizeOf(architecture.parameters[index]!)]),
    ),
  );
  const decay = decayOf(architecture, shape.weightDecay);
  const next = adamwStep(
    graph,
    { theta: theta!, mean: mean!, square: square! },
    { gradient, schedule, decay: graph.constant(decay, [parameterCount], 'decay') },
  );
  graph.output('thetaNext', next.theta);
  graph.output('meanNext', next.mean);
  graph.output('squareNext', next.square);
  graph.output('loss', loss);
  return encodeModel(graph);
}

/** Names of the tensors of every student and local teacher. */
export const modelTensors = { input: 'input', output: 'logits', novelty: 'novelty' } as const;

/**
 * Builds the model itself, any number of rows at once.
 *
 * @param theta  [parameters] to put inside, for export; null leaves them an input named `theta`, to
 *               score a network that is being trained.
 */
export function buildModelGraph(
  architecture: Architecture,
  inputSize: number,
  theta: Float32Array | null,
): Uint8Array {
  const graph = new Graph();
  const x = graph.input(modelTensors.input, ['batch', inputSize]);
  const weights =
    theta === null
      ? unpackWeights(graph, graph.input('theta', [parameterCountOf(architecture)]), architecture)
      : packedConstants(graph, theta, architecture);
  graph.output(modelTensors.output, architecture.forward(graph, x, weights));
  return encodeModel(graph);
}

function unpackWeights(graph: Graph, theta: Value, { parameters }: Architecture): Value[] {
  let start = 0;
  return parameters.map((parameter) => {
    const flat = op.slice(graph, theta, start, sizeOf(parameter));
    start += sizeOf(parameter);
    return op.reshape(graph, flat, parameter.shape);
  });
}

function packedConstants(graph: Graph, theta: Float32Array, { parameters }: Architecture): Value[] {
  let start = 0;
  return parameters.map((parameter, index) => {
    const data = theta.slice(start, start + sizeOf(parameter));
    start += sizeOf(parameter);
    return graph.constant(data, parameter.shape, `parameter_${index}`);
  });
}

function decayOf({ parameters }: Architecture, weightDecay: number): Float32Array {
  return Float32Array.from(
    parameters.flatMap((parameter) => {
      const decay = parameter.fanIn > 0 ? weightDecay : 0;
      return Array.from({ length: sizeOf(parameter) }, () => decay);
    }),
  );
}
