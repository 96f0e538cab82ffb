import type { TaskSpec, TensorInput } from '../../src/task/task.js';
import { linesTask } from './lines-task.js';
import { onnxFile, type OnnxConstant } from './onnx-file.js';
import { seededDraw } from './seeded-draw.js';

/** Models as other programs export them; their weights are random, so that they know nothing. */

const pointInput: TensorInput = {
  kind: 'tensor',
  tensors: [{ name: 'X', dtype: 'float32', shape: [2] }],
};

/** Which ring around the origin a point lies in: no straight line tells. */
export const ringsTask: TaskSpec = {
  name: 'rings',
  title: 'Rings',
  input: pointInput,
  labels: ['inner', 'outer'],
};

const random = (seed: number, name: string, ...shape: readonly number[]): OnnxConstant => {
  const draw = seededDraw(seed);
  const length = shape.reduce((product, dim) => product * dim, 1);
  const spread = Math.sqrt(12 / (length / shape[0]! + 1));
  return { name, shape, data: Float32Array.from({ length }, () => (draw() - 0.5) * spread) };
};
const filled = (name: string, value: number, length: number): OnnxConstant => ({
  name,
  shape: [length],
  data: new Float32Array(length).fill(value),
});

/** An MLP in the manner of Keras: MatMul and Add, probabilities out. Its input is scaled inside. */
export const ringsStudent = (): Uint8Array =>
  onnxFile({
    inputs: [{ name: 'X', dtype: 'float32', shape: ['n', 2] }],
    outputs: [{ name: 'scores', dtype: 'float32', shape: ['n', 2] }],
    constants: [
      { name: 'scale', shape: [1], data: Float32Array.of(0.5) },
      random(1, 'w1', 2, 24),
      random(3, 'b1', 24),
      random(2, 'w2', 24, 2),
      filled('b2', 0, 2),
    ],
    nodes: [
      { op: 'Mul', inputs: ['X', 'scale'], outputs: ['scaled'] },
      { op: 'MatMul', inputs: ['scaled', 'w1'], outputs: ['h1'] },
      { op: 'Add', inputs: ['h1', 'b1'], outputs: ['h2'] },
      { op: 'Tanh', inputs: ['h2'], outputs: ['h3'] },
      { op: 'MatMul', inputs: ['h3', 'w2'], outputs: ['o1'] },
      { op: 'Add', inputs: ['o1', 'b2'], outputs: ['o2'] },
      { op: 'Softmax', inputs: ['o2'], outputs: ['scores'] },
    ],
  });

/** Another one of two labels: a single probability, of the second, by a sigmoid. */
export const ringsBinaryStudent = (): Uint8Array =>
  onnxFile({
    inputs: [{ name: 'X', dtype: 'float32', shape: ['n', 2] }],
    outputs: [{ name: 'p', dtype: 'float32', shape: ['n', 1] }],
    constants: [
      random(1, 'w1', 2, 24),
      random(3, 'b1', 24),
      random(2, 'w2', 24, 1),
      filled('b2', 0, 1),
    ],
    nodes: [
      { op: 'Gemm', inputs: ['X', 'w1', 'b1'], outputs: ['h'] },
      { op: 'Relu', inputs: ['h'], outputs: ['r'] },
      { op: 'Gemm', inputs: ['r', 'w2', 'b2'], outputs: ['o'] },
      { op: 'Sigmoid', inputs: ['o'], outputs: ['p'] },
    ],
  });

const { width, height } = linesTask.input as { width: number; height: number };

/** A CNN in the manner of PyTorch's older exporter: opset 13, its shapes computed from shapes. */
export const linesStudent = (extra: { readonly lrn?: boolean } = {}): Uint8Array =>
  onnxFile({
    opset: 13,
    inputs: [{ name: 'pixels', dtype: 'float32', shape: ['batch', 1, height, width] }],
    outputs: [
      { name: 'features', dtype: 'float32', shape: ['batch', 8] },
      { name: 'logits', dtype: 'float32', shape: ['batch', 3] },
    ],
    constants: [
      random(1, 'conv1.weight', 8, 1, 3, 3),
      random(2, 'conv1.bias', 8),
      filled('bn.weight', 1, 8),
      filled('bn.bias', 0, 8),
      filled('bn.running_mean', 0.1, 8),
      filled('bn.running_var', 0.8, 8),
      random(3, 'conv2.weight', 8, 8, 2, 2),
      random(4, 'fc.weight', 3, 8),
      filled('fc.bias', 0, 3),
      { name: 'zero', shape: [], data: BigInt64Array.of(0n) },
      { name: 'axes', shape: [1], data: BigInt64Array.of(0n) },
      { name: 'rest', shape: [1], data: BigInt64Array.of(-1n) },
    ],
    nodes: [
      {
        op: 'Conv',
        inputs: ['pixels', 'conv1.weight', 'conv1.bias'],
        outputs: ['c1'],
        lists: { pads: [1, 1, 1, 1], kernel_shape: [3, 3] },
      },
      {
        op: 'BatchNormalization',
        inputs: ['c1', 'bn.weight', 'bn.bias', 'bn.running_mean', 'bn.running_var'],
        outputs: ['n1'],
      },
      ...(extra.lrn === true
        ? [
            { op: 'LRN', inputs: ['n1'], outputs: ['l1'], ints: { size: 3 } },
            { op: 'LeakyRelu', inputs: ['l1'], outputs: ['r1'] },
          ]
        : [{ op: 'LeakyRelu', inputs: ['n1'], outputs: ['r1'] }]),
      { op: 'Conv', inputs: ['r1', 'conv2.weight'], outputs: ['c2'] },
      { op: 'Relu', inputs: ['c2'], outputs: ['r2'] },
      {
        op: 'MaxPool',
        inputs: ['r2'],
        outputs: ['p2'],
        ints: { ceil_mode: 1 },
        lists: { kernel_shape: [2, 2], strides: [2, 2] },
      },
      { op: 'GlobalAveragePool', inputs: ['p2'], outputs: ['g'] },
      { op: 'Shape', inputs: ['g'], outputs: ['shape'] },
      { op: 'Gather', inputs: ['shape', 'zero'], outputs: ['n'], ints: { axis: 0 } },
      { op: 'Unsqueeze', inputs: ['n', 'axes'], outputs: ['ns'] },
      { op: 'Concat', inputs: ['ns', 'rest'], outputs: ['flat'], ints: { axis: 0 } },
      { op: 'Reshape', inputs: ['g', 'flat'], outputs: ['features'] },
      {
        op: 'Gemm',
        inputs: ['features', 'fc.weight', 'fc.bias'],
        outputs: ['logits'],
        ints: { transB: 1 },
      },
    ],
  });

/** An embedding bag over hashed n-grams, with a layer of attention's parts: any number of them. */
export const ordersStudent = (buckets: number, classes: number): Uint8Array =>
  onnxFile({
    inputs: [
      { name: 'ids', dtype: 'int64', shape: ['batch', 'n'] },
      { name: 'weights', dtype: 'float32', shape: ['batch', 'n'] },
    ],
    outputs: [{ name: 'logits', dtype: 'float32', shape: ['batch', classes] }],
    constants: [
      random(1, 'table', buckets, 16),
      filled('norm.weight', 1, 16),
      filled('norm.bias', 0, 16),
      random(2, 'head', 16, classes),
      { name: 'last', shape: [1], data: BigInt64Array.of(-1n) },
      { name: 'words', shape: [1], data: BigInt64Array.of(1n) },
    ],
    nodes: [
      { op: 'Gather', inputs: ['table', 'ids'], outputs: ['rows'] },
      { op: 'Unsqueeze', inputs: ['weights', 'last'], outputs: ['column'] },
      { op: 'Mul', inputs: ['rows', 'column'], outputs: ['weighed'] },
      { op: 'ReduceSum', inputs: ['weighed', 'words'], outputs: ['bag'], ints: { keepdims: 0 } },
      {
        op: 'LayerNormalization',
        inputs: ['bag', 'norm.weight', 'norm.bias'],
        outputs: ['normal'],
      },
      { op: 'Gelu', inputs: ['normal'], outputs: ['bent'] },
      { op: 'MatMul', inputs: ['bent', 'head'], outputs: ['logits'] },
    ],
  });
