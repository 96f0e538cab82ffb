import { encodeModel } from '../../onnx/encode-model.js';
import { Graph, type Value } from '../../onnx/graph.js';
import type { Tensor } from '../../onnx/runtime.js';
import type { Parameter } from '../architecture.js';
import { NoGradientError } from '../autodiff/no-gradient-error.js';
import type { LossOptions } from '../distillation-loss.js';
import { appendTrainingStep, unpackWeights } from '../training-step.js';
import type { SourceWeight } from './find-weights.js';
import { importModel } from './import-model.js';
import type { ProbedValue } from './probe-values.js';
import { logitsOfScores, type ScoresForm } from './scores-to-logits.js';
import type { SourceModel } from './source-model.js';
import { UntrainableStudentError } from './untrainable-student-error.js';

export interface ContinuedStudent {
  readonly source: SourceModel;
  readonly weights: readonly SourceWeight[];
  readonly form: ScoresForm;
}

export interface ContinuedShape {
  /** Rows of one step, fixed. */
  readonly batchRows: number;
  /** What the graph is fed with, of the sizes of one step: see `ahead-of-weights.ts`. */
  readonly tensors: Readonly<Record<string, Tensor>>;
  /** The student with the branches that such tensors take. */
  readonly source: SourceModel;
  /** Every value inside, for such tensors. */
  readonly probed: ReadonlyMap<string, ProbedValue>;
}

export interface ContinuedTraining {
  readonly loss: LossOptions;
  /** Of matrices and kernels; biases and other vectors have none. */
  readonly weightDecay: number;
}

/** The inputs of these graphs: the model's own names might be those of the trainer's. */
export const feedName = (name: string): string => `feed/${name}`;

/** Builds a training step of a brought student. @see appendTrainingStep */
export function buildContinuedStep(
  student: ContinuedStudent,
  shape: ContinuedShape,
  training: ContinuedTraining,
): Uint8Array {
  const graph = new Graph();
  /** By what stands for them. */
  const names = new Map<string, string>();
  try {
    appendTrainingStep(graph, {
      ...training,
      parameters: parametersOf(student),
      classCount: student.form.classCount,
      batchRows: shape.batchRows,
      forward(weights) {
        weights.forEach((value, index) => names.set(value.name, student.weights[index]!.name));
        return appendLogits(graph, { student, shape, weights });
      },
    });
  } catch (error) {
    if (!(error instanceof NoGradientError)) throw error;
    const idle = error.names.map((name) => names.get(name)!).join(', ');
    throw new UntrainableStudentError([
      `The student can not be trained further: its scores do not change smoothly with its ` +
        `weights ${idle}, so that these can not learn.`,
    ]);
  }
  return encodeModel(graph);
}

/** Builds its forward pass alone: `theta` and the model's own inputs in, `logits` out. */
export function buildContinuedScoring(
  student: ContinuedStudent,
  shape: ContinuedShape,
): Uint8Array {
  const graph = new Graph();
  const size = student.weights.reduce((sum, { data }) => sum + data.length, 0);
  const weights = unpackWeights(graph, graph.input('theta', [size]), parametersOf(student));
  graph.output('logits', appendLogits(graph, { student, shape, weights }));
  return encodeModel(graph);
}

const parametersOf = ({ weights }: ContinuedStudent): Parameter[] =>
  weights.map(({ shape }) => ({ shape, fanIn: shape.length > 1 ? 1 : 0 }));

function appendLogits(
  graph: Graph,
  parts: {
    readonly student: ContinuedStudent;
    readonly shape: ContinuedShape;
    readonly weights: readonly Value[];
  },
): Value {
  const { student, shape, weights } = parts;
  const { source } = shape;
  const inputs = Object.entries(shape.tensors).map(([name, { dims, type }]) => {
    if (type === 'string' || type === 'int4' || type === 'uint4')
      throw new UntrainableStudentError([
        `The student's input ${name} is of ${type}, which no training graph takes.`,
      ]);
    return [name, graph.input(feedName(name), dims, type)] as const;
  });
  const scores = importModel(source, {
    graph,
    inputs: new Map(inputs),
    weights: new Map(student.weights.map(({ name }, index) => [name, weights[index]!])),
    probed: shape.probed,
  });
  return logitsOfScores(graph, scores, student.form);
}
