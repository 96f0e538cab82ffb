import type { Graph, Value } from '../onnx/graph.js';
import * as op from '../onnx/operators.js';
import { adamwStep } from './adamw.js';
import { sizeOf, type Parameter } from './architecture.js';
import { gradients } from './autodiff/gradients.js';
import { distillationLoss, type LossOptions } from './distillation-loss.js';

export interface TrainingStepOptions {
  readonly parameters: readonly Parameter[];
  readonly classCount: number;
  /** Rows of one step, fixed: `rowWeights` of 0 pad a short batch. */
  readonly batchRows: number;
  /** Weight decay of weights; biases have none. */
  readonly weightDecay: number;
  readonly loss: LossOptions;
  /** Appends the forward pass. @returns [batchRows, classCount] logits. */
  readonly forward: (weights: readonly Value[]) => Value;
}

/**
 * Makes a training step of a forward pass: loss, backward, AdamW. Its state is three flat vectors,
 * for every tensor that crosses the boundary costs about 4 microseconds.
 *
 * Inputs: theta, gradientSum, squareSum [parameters]; soft, hard [rows, classes]; rowWeights
 * [rows]; schedule [3] (see `adamwSchedule`). Outputs: thetaNext, gradientSumNext, squareSumNext,
 * loss.
 */
export function appendTrainingStep(graph: Graph, options: TrainingStepOptions): void {
  const { parameters, classCount, batchRows } = options;
  const parameterCount = parameters.reduce((sum, parameter) => sum + sizeOf(parameter), 0);
  const vector = (name: string): Value => graph.input(name, [parameterCount]);
  const theta = vector('theta');
  const state = { theta, gradientSum: vector('gradientSum'), squareSum: vector('squareSum') };
  const soft = graph.input('soft', [batchRows, classCount]);
  const hard = graph.input('hard', [batchRows, classCount]);
  const rowWeights = graph.input('rowWeights', [batchRows]);
  const schedule = graph.input('schedule', [3]);

  const weights = unpackWeights(graph, theta, parameters);
  const logits = options.forward(weights);
  const loss = distillationLoss(graph, logits, { ...options.loss, soft, hard, rowWeights });
  const gradient = op.concat(
    graph,
    gradients(graph, loss, weights).map((part, index) =>
      op.reshape(graph, part, [sizeOf(parameters[index]!)]),
    ),
  );
  const decays = decayOf(parameters, options.weightDecay);
  const decay = graph.constant(decays, [parameterCount], 'decay');
  const next = adamwStep(graph, state, { gradient, schedule, decay });
  graph.output('thetaNext', next.theta);
  graph.output('gradientSumNext', next.gradientSum);
  graph.output('squareSumNext', next.squareSum);
  graph.output('loss', loss);
}

/** Cuts the flat vector into its parameters. */
export function unpackWeights(
  graph: Graph,
  theta: Value,
  parameters: readonly Parameter[],
): Value[] {
  let start = 0;
  return parameters.map((parameter) => {
    const flat = op.slice(graph, theta, start, sizeOf(parameter));
    start += sizeOf(parameter);
    return op.reshape(graph, flat, parameter.shape);
  });
}

function decayOf(parameters: readonly Parameter[], weightDecay: number): Float32Array {
  const size = parameters.reduce((sum, parameter) => sum + sizeOf(parameter), 0);
  const decay = new Float32Array(size);
  let start = 0;
  for (const parameter of parameters) {
    const end = start + sizeOf(parameter);
    if (parameter.fanIn > 0) decay.fill(weightDecay, start, end);
    start = end;
  }
  return decay;
}
