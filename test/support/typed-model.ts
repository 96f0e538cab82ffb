import type { ModelSource } from '../../src/model/model-runner.js';
import type { Dtype } from '../../src/task/dtype.js';
import { onnxFile, onnxTypes, type OnnxNode, type OnnxValue } from './onnx-file.js';
import { seededDraw } from './seeded-draw.js';
import { tinySource } from './tiny-model.js';

export interface TypedModel {
  /** [batch, width] of each input. */
  readonly inputs: readonly OnnxValue[];
  /** [sum of the widths, classes]. */
  readonly weights: Float32Array;
  readonly classes: number;
  /** Type of the scores; default float32. */
  readonly scores?: Dtype;
}

/** Scores = all inputs side by side, as floats, times the weights. Inputs may be of any type. */
export function typedModel({ inputs, weights, classes, scores = 'float32' }: TypedModel) {
  const casts = inputs.map(({ name }) => cast(name, `${name}_float`, 'float32'));
  return onnxFile({
    inputs,
    outputs: [{ name: 'logits', dtype: scores, shape: ['batch', classes] }],
    constants: [{ name: 'weights', data: weights, shape: [weights.length / classes, classes] }],
    nodes: [
      ...casts,
      {
        op: 'Concat',
        inputs: casts.map(({ outputs }) => outputs[0]!),
        outputs: ['all'],
        ints: { axis: 1 },
      },
      { op: 'MatMul', inputs: ['all', 'weights'], outputs: ['product'] },
      cast('product', 'logits', scores),
    ],
  });
}

export const cast = (from: string, to: string, dtype: Dtype): OnnxNode => ({
  op: 'Cast',
  inputs: [from],
  outputs: [to],
  ints: { to: onnxTypes[dtype] },
});

/**
 * Adds up two learnt numbers for each id: ids int64 [batch, n], n free, of 0 to 3 -> [batch, 2].
 * Any other id makes the whole run fail.
 */
export const idsModel = (): Uint8Array =>
  onnxFile({
    inputs: [{ name: 'ids', dtype: 'int64', shape: ['batch', 'n'] }],
    outputs: [{ name: 'logits', dtype: 'float32', shape: ['batch', 2] }],
    constants: [
      { name: 'table', data: Float32Array.of(0, 1, 10, 0.5, 20, 0.25, 30, 0.125), shape: [4, 2] },
      { name: 'axes', data: BigInt64Array.of(1n), shape: [1] },
    ],
    nodes: [
      { op: 'Gather', inputs: ['table', 'ids'], outputs: ['rows'], ints: { axis: 0 } },
      { op: 'ReduceSum', inputs: ['rows', 'axes'], outputs: ['logits'], ints: { keepdims: 0 } },
    ],
  });

/** Scores less the largest of each label over the whole batch: no row stands for itself. */
export const coupledModel = (batch: number | string = 'batch'): Uint8Array =>
  overTheBatch('ReduceMax', 'Sub', batch);

/** The scores of all rows of the batch, summed, for each of them. */
export const summingModel = (): Uint8Array => overTheBatch('ReduceSum', 'Expand');

/** Scores of three pixels, x0 + 2 x1 + 3 x2 and -x0 - x1 - x2, and what becomes of them. */
const overTheBatch = (
  reduce: string,
  then: 'Sub' | 'Expand',
  batch: number | string = 'batch',
): Uint8Array =>
  onnxFile({
    inputs: [{ name: 'input', dtype: 'float32', shape: [batch, 3] }],
    outputs: [{ name: 'logits', dtype: 'float32', shape: [batch, 2] }],
    constants: [
      { name: 'weights', data: Float32Array.of(1, -1, 2, -1, 3, -1), shape: [3, 2] },
      { name: 'axes', data: BigInt64Array.of(0n), shape: [1] },
    ],
    nodes: [
      { op: 'MatMul', inputs: ['input', 'weights'], outputs: ['scores'] },
      { op: reduce, inputs: ['scores', 'axes'], outputs: ['reduced'] },
      { op: 'Shape', inputs: ['scores'], outputs: ['shape'] },
      then === 'Sub'
        ? { op: 'Sub', inputs: ['scores', 'reduced'], outputs: ['logits'] }
        : { op: 'Expand', inputs: ['reduced', 'shape'], outputs: ['logits'] },
    ],
  });

/**
 * A matrix over inputs that are quantised to 8 bits over the whole batch.
 *
 * @param width  of a row; null: any, and its numbers are summed up to the two scores first.
 */
export function quantisedModel(width: number | null): Uint8Array {
  const draw = seededDraw(5);
  const rows = width ?? 1;
  const weights = Float32Array.from({ length: rows * 2 }, () => 2 * draw() - 1);
  const wide = width === null ? 'summed' : 'plain';
  return onnxFile({
    inputs: [{ name: 'input', dtype: 'float32', shape: ['batch', width ?? 'n'] }],
    outputs: [{ name: 'logits', dtype: 'float32', shape: ['batch', 2] }],
    constants: [
      { name: 'weights', data: weights, shape: [rows, 2] },
      { name: 'axes', data: BigInt64Array.of(1n), shape: [1] },
    ],
    nodes: [
      { op: 'DynamicQuantizeLinear', inputs: ['input'], outputs: ['bytes', 'scale', 'zero'] },
      { op: 'DequantizeLinear', inputs: ['bytes', 'scale', 'zero'], outputs: ['plain'] },
      ...(width === null
        ? [{ op: 'ReduceSum', inputs: ['plain', 'axes'], outputs: ['summed'] }]
        : []),
      { op: 'MatMul', inputs: [wide, 'weights'], outputs: ['logits'] },
    ],
  });
}

/**
 * A bundle of a 64x10 matrix that is only known while it runs, so that the runtime can not lay it
 * out beforehand. It then takes another kernel for one row than for more, where the processor has
 * one (AVX), and sums in another order.
 */
export function rowKernelSource(): ModelSource {
  const draw = seededDraw(3);
  const weights = Float32Array.from({ length: 64 * 10 }, () => 2 * draw() - 1);
  const model = onnxFile({
    inputs: [{ name: 'input', dtype: 'float32', shape: ['batch', 64] }],
    outputs: [{ name: 'logits', dtype: 'float32', shape: ['batch', 10] }],
    constants: [
      { name: 'weights', data: weights, shape: [64, 10] },
      { name: 'zero', data: Float32Array.of(0), shape: [] },
      { name: 'axes', data: BigInt64Array.of(0n, 1n), shape: [2] },
    ],
    nodes: [
      { op: 'ReduceSum', inputs: ['input', 'axes'], outputs: ['sum'], ints: { keepdims: 0 } },
      { op: 'Mul', inputs: ['sum', 'zero'], outputs: ['nothing'] },
      { op: 'Add', inputs: ['weights', 'nothing'], outputs: ['late'] },
      { op: 'MatMul', inputs: ['input', 'late'], outputs: ['logits'] },
    ],
  });
  return tinySource(model, {
    input: { kind: 'image', width: 8, height: 8, channels: 1 },
    labels: Array.from({ length: 10 }, (_, label) => `label-${label}`),
  });
}
