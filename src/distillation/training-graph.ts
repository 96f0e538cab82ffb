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

export interface ModelGraphParts {
  readonly inputSize: number;
  /** [parameters] to put inside, for export; null: an input, to score what is being trained. */
  readonly theta: Float32Array | null;
  /** Appends what the network sees of the input; default: all of it. */
  readonly see?: (graph: Graph, x: Value) => Value;
  /** Appends features of novelty, an output of their own; absent or null: there are none. */
  readonly novelty?:
    ((graph: Graph, at: { readonly x: Value; readonly logits: Value }) => Value) | null;
}

/** Builds the model itself, any number of rows at once; `theta` that is not inside is an input. */
export function buildModelGraph(
  architecture: Architecture,
  { inputSize, theta, see = (_, x) => x, novelty = null }: ModelGraphParts,
): Uint8Array {
  const graph = new Graph();
  const x = see(graph, graph.input(modelTensors.input, ['batch', inputSize]));
  const weights =
    theta === null
      ? unpackWeights(
          graph,
          graph.input('theta', [parameterCountOf(architecture)]),
          architecture.parameters,
        )
      : packedConstants(graph, theta, architecture);
  const logits = architecture.forward(graph, x, weights);
  graph.output(modelTensors.output, logits);
  if (novelty !== null) graph.output(modelTensors.novelty, novelty(graph, { x, logits }));
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
