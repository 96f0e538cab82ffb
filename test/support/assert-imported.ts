import assert from 'node:assert/strict';
import { gradients } from '../../src/distillation/autodiff/gradients.js';
import { importModel } from '../../src/distillation/continued/import-model.js';
import { probeValues } from '../../src/distillation/continued/probe-values.js';
import { readSource } from '../../src/distillation/continued/source-model.js';
import { takeBranches } from '../../src/distillation/continued/take-branches.js';
import { encodeModel } from '../../src/onnx/encode-model.js';
import { Graph, type Value } from '../../src/onnx/graph.js';
import * as op from '../../src/onnx/operators.js';
import { InferenceSession, Tensor } from '../../src/onnx/runtime.js';
import { onnxFile, type OnnxConstant, type OnnxFile, type OnnxNode } from './onnx-file.js';
import { seededDraw } from './seeded-draw.js';

export interface ImportedCase {
  /** Float inputs, by all of which is differentiated. */
  readonly inputs: Readonly<Record<string, readonly number[]>>;
  readonly nodes: readonly OnnxNode[];
  readonly constants?: NonNullable<OnnxFile['constants']>;
  readonly opset?: number;
  /**
   * `apart`: no two values within 1/16, none within 1/32 of 0; `small`: in [-0.5, 0.5]. Default: in
   * [0.5, 1.5].
   */
  readonly values?: 'apart' | 'small';
}

/** One node from x (and others) to y. */
export const node = (op: string, rest: Partial<OnnxNode> = {}): OnnxNode => ({
  op,
  inputs: ['x'],
  outputs: ['y'],
  ...rest,
});
/** One axis. */
export const int64s = (name: string, ...numbers: readonly number[]): OnnxConstant => ({
  name,
  data: BigInt64Array.from(numbers.map(BigInt)),
  shape: [numbers.length],
});
/** One axis; a scalar where it is one number. */
export const floats = (name: string, ...numbers: readonly number[]): OnnxConstant => ({
  name,
  data: Float32Array.from(numbers),
  shape: numbers.length === 1 ? [] : [numbers.length],
});

/** Halves of central differences: see `assert-gradients.ts`. */
const step = 1 / 128;
const tolerance = 2e-3;

/** A model file whose output is `y`. */
export const fileOf = ({ inputs, nodes, constants = [], opset = 21 }: ImportedCase): Uint8Array =>
  onnxFile({
    inputs: Object.entries(inputs).map(([name, shape]) => ({ name, dtype: 'float32', shape })),
    outputs: [{ name: 'y', dtype: 'float32' }],
    nodes,
    constants,
    opset,
  });

/** Imports a model file, all of whose inputs are learnt. */
export async function importFile(
  file: Uint8Array,
  tensors: Readonly<Record<string, Tensor>>,
): Promise<{ readonly graph: Graph; readonly inputs: readonly Value[]; readonly output: Value }> {
  const source = await takeBranches(readSource(file, 'y'), { tensors });
  const probed = await probeValues(source, { tensors });
  const graph = new Graph();
  const values = Object.entries(tensors).map(
    ([name, { dims }]) => [name, graph.input(`feed/${name}`, dims)] as const,
  );
  const weights = new Map(values);
  const output = importModel(source, { graph, inputs: new Map(), weights, probed });
  return { graph, inputs: values.map(([, value]) => value), output };
}

/**
 * Compares an imported model with the file: its output, and the gradients of the import with
 * central differences of the file as ONNX Runtime runs it. The loss is a weighted sum of outputs.
 */
export async function assertImported(one: ImportedCase): Promise<void> {
  const draw = seededDraw(2);
  const file = fileOf(one);
  const tensors = Object.fromEntries(
    Object.entries(one.inputs).map(([name, shape]) => {
      return [name, new Tensor('float32', valuesOf(sizeOf(shape), draw, one.values), shape)];
    }),
  );
  const { graph, inputs, output } = await importFile(file, tensors);
  const shape = output.shape.map(Number);
  const parts = Float32Array.from({ length: sizeOf(shape) }, () => 2 * draw() - 1);
  const weighted = op.mul(graph, output, graph.constant(parts, shape));
  const axes = [...shape.keys()];
  const loss = axes.length === 0 ? weighted : op.reduceSum(graph, weighted, axes);
  graph.output('output', output);
  gradients(graph, loss, inputs).forEach((gradient, index) => {
    graph.output(`by ${inputs[index]!.name}`, gradient);
  });

  const own = await InferenceSession.create(encodeModel(graph));
  const original = await InferenceSession.create(file);
  try {
    const feeds = Object.entries(tensors).map(
      ([name, tensor]) => [`feed/${name}`, tensor] as const,
    );
    const got = await own.run(Object.fromEntries(feeds));
    const floats = (tensor: Tensor | undefined) => tensor!.data as Float32Array;
    const run = async (fed: typeof tensors): Promise<Float32Array> =>
      floats((await original.run(fed, ['y']))['y']);
    const expected = await run(tensors);
    assert.deepEqual(got['output']!.dims, shape);
    expected.forEach((value, k) => near(floats(got['output'])[k]!, value, `output[${k}]`));
    const lossOf = (values: Float32Array): number =>
      values.reduce((sum, value, k) => sum + value * parts[k]!, 0);
    for (const [name, tensor] of Object.entries(tensors)) {
      const values = floats(tensor);
      for (let k = 0; k < values.length; k++) {
        const lossAt = async (value: number): Promise<number> => {
          const moved = new Tensor('float32', values.with(k, value), tensor.dims);
          return lossOf(await run({ ...tensors, [name]: moved }));
        };
        const rise = (await lossAt(values[k]! + step)) - (await lossAt(values[k]! - step));
        near(floats(got[`by feed/${name}`])[k]!, rise / (2 * step), `by ${name}[${k}]`);
      }
    }
  } finally {
    await own.release();
    await original.release();
  }
}

function near(got: number, expected: number, what: string): void {
  const error = Math.abs(got - expected);
  assert.ok(
    error <= tolerance * Math.max(1, Math.abs(expected)),
    `${what}: ${got}, expected ${expected}`,
  );
}

function valuesOf(size: number, draw: () => number, kind: ImportedCase['values']): Float32Array {
  const values = Float32Array.from({ length: size }, draw);
  if (kind === undefined) return values.map((value) => value + 0.5);
  if (kind === 'small') return values.map((value) => value - 0.5);
  const ranks = [...values.keys()].sort((a, b) => values[a]! - values[b]!);
  return values.map((_, k) => (ranks.indexOf(k) - size / 2) / 16 + 1 / 32);
}

const sizeOf = (shape: readonly number[]): number => shape.reduce((size, dim) => size * dim, 1);
