import type { Graph, Value } from '../../onnx/graph.js';
import * as op from '../../onnx/operators.js';

export interface ScoresForm {
  readonly classCount: number;
  readonly kind: 'logits' | 'probabilities';
  /** One score a row, of the second of two labels. */
  readonly isBinary: boolean;
}

/** Below any probability that matters: keeps the slope of the logarithm finite. */
const probabilityMin = 1e-12;

/**
 * Appends the logits that a model's scores stand for, up to a number that is the same for all
 * classes of a row: no loss sees it.
 *
 *     probabilities of a softmax: its input;  of a sigmoid: [0, its input];  others: ln p
 *     one score s of the second label: [0, s], or from p: [ln(1 - p), ln p]
 *
 * @param scores  [rows], [rows, 1] or [rows, classes] float32.
 * @returns       [rows, classes].
 */
export function logitsOfScores(graph: Graph, scores: Value, form: ScoresForm): Value {
  const { classCount, kind, isBinary } = form;
  const rows = Number(scores.shape[0]);
  const shaped = (value: Value, columns: number): Value =>
    value.shape.length === 2 && value.shape[1] === columns
      ? value
      : op.reshape(graph, value, [rows, columns]);
  if (!isBinary) {
    if (kind === 'logits') return shaped(scores, classCount);
    const logits = softmaxInput(graph, scores);
    return shaped(logits ?? logarithm(graph, scores), classCount);
  }
  const none = graph.constant(new Float32Array(rows), [rows, 1]);
  const logit = kind === 'logits' ? scores : inputOf(graph, scores, 'Sigmoid');
  if (logit !== null) return op.columns(graph, [none, shaped(logit, 1)]);
  const second = shaped(scores, 1);
  const first = op.sub(graph, op.scalar(graph, 1), second);
  return op.columns(graph, [logarithm(graph, first), logarithm(graph, second)]);
}

function softmaxInput(graph: Graph, scores: Value): Value | null {
  const node = graph.nodes.find(({ outputs }) => outputs[0]!.name === scores.name);
  const axis = node?.attributes['axis'];
  const isLast = axis !== undefined && 'int' in axis && axis.int === scores.shape.length - 1;
  return isLast ? inputOf(graph, scores, 'Softmax') : null;
}

function inputOf(graph: Graph, value: Value, operator: string): Value | null {
  const node = graph.nodes.find(({ outputs }) => outputs[0]!.name === value.name);
  return node?.op === operator ? node.inputs[0]! : null;
}

function logarithm(graph: Graph, probabilities: Value): Value {
  const bounds = [op.scalar(graph, probabilityMin), op.scalar(graph, 2)];
  const bounded = graph.apply('Clip', [probabilities, ...bounds], probabilities.shape);
  return op.log(graph, bounded);
}
