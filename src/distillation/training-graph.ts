import { encodeModel } from '../onnx/encode-model.js';
import { Graph, type Value } from '../onnx/graph.js';
import { parameterCountOf, sizeOf, type Architecture } from './architecture.js';
import type { LossOptions } from './distillation-loss.js';
import { appendTrainingStep, unpackWeights } from './training-step.js';

export interface TrainingShape {
  readonly inputSize: number;
  readonly classCount: number;
  /** Rows of one step, fixed: `rowWeights` of 0 pad a short batch. */
  readonly batchRows: number;
  /** Weight decay of weights; biases have none. */
  readonly weightDecay: number;
}

/**
 * Builds one training step as one ONNX graph: forward, loss, backward, AdamW.
 *
 * Inputs: x [rows, inputSize], and those of `appendTrainingStep`; outputs: as there.
 */
export function buildTrainingGraph(
  architecture: Architecture,
  shape: TrainingShape,
  lossOptions: LossOptions,
): Uint8Array {
  const { inputSize, ...step } = shape;
  const graph = new Graph();
  const x = graph.input('x', [step.batchRows, inputSize]);
  appendTrainingStep(graph, {
    ...step,
    parameters: architecture.parameters,
    loss: lossOptions,
    forward: (weights) => architecture.forward(graph, x, weights),
  });
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
      ? unpackWeights(
          graph,
          graph.input('theta', [parameterCountOf(architecture)]),
          architecture.parameters,
        )
      : packedConstants(graph, theta, architecture);
  graph.output(modelTensors.output, architecture.forward(graph, x, weights));
  return encodeModel(graph);
}

export const parameterName = (index: number): string => `parameter_${index}`;

/** Puts weights inside of a graph, as constants that are found again by their names. */
export function packedConstants(
  graph: Graph,
  theta: Float32Array,
  { parameters }: Architecture,
): Value[] {
  let start = 0;
  return parameters.map((parameter, index) => {
    const data = theta.slice(start, start + sizeOf(parameter));
    start += sizeOf(parameter);
    return graph.constant(data, parameter.shape, parameterName(index));
  });
}
