import type { Dim, Graph, GraphNode, Value } from './graph.js';

/*
 * ONNX operators as functions: each appends one node and says what shape comes out. Only what the
 * trainer and its students need; every one that a loss can flow through has its gradient in
 * `distillation/autodiff`. Operators: https://onnx.ai/onnx/operators/
 */

/** Elementwise with broadcasting. */
export const add = elementwise('Add');
export const sub = elementwise('Sub');
export const mul = elementwise('Mul');
export const div = elementwise('Div');

export const pow = elementwise('Pow');
export const greater = comparison('Greater');
export const equal = comparison('Equal');

export const relu = unary('Relu');
export const exp = unary('Exp');
export const log = unary('Log');
export const sqrt = unary('Sqrt');
export const neg = unary('Neg');
export const sign = unary('Sign');
export const sin = unary('Sin');
export const cos = unary('Cos');
export const erf = unary('Erf');
export const tanh = unary('Tanh');
export const sigmoid = unary('Sigmoid');

/** max(0, min(1, alpha x + beta)) */
export const hardSigmoid = (
  graph: Graph,
  x: Value,
  { alpha, beta }: { readonly alpha: number; readonly beta: number },
): Value =>
  graph.apply('HardSigmoid', [x], x.shape, { alpha: { float: alpha }, beta: { float: beta } });

/**
 * Of what lies from `axis` on (counted from the front): mean 0 and deviation 1, then times the
 * scale, plus the bias.
 *
 * @param inputs  x, scale, and maybe a bias.
 * @returns       the outcome; the means, and what is 1 / sqrt(variance + epsilon), with axes kept
 *                as ones.
 */
export function layerNormalization(
  graph: Graph,
  inputs: readonly Value[],
  { axis, epsilon }: { readonly axis: number; readonly epsilon: number },
): readonly Value[] {
  const { shape } = inputs[0]!;
  const kept = shape.map((dim, index) => (index < axis ? dim : 1));
  const attributes = { axis: { int: axis }, epsilon: { float: epsilon } };
  const outputs = [shape, kept, kept].map((own) => ({ shape: own, type: 'float32' as const }));
  return graph.applyMany({ op: 'LayerNormalization', inputs, attributes }, outputs);
}

/** x where the condition holds, y elsewhere, with broadcasting. */
export function where(graph: Graph, condition: Value, x: Value, y: Value): Value {
  const shape = broadcastShape(condition.shape, broadcastShape(x.shape, y.shape));
  return graph.apply('Where', [condition, x, y], shape);
}

/** Over the last axis. */
export const logSoftmax = (graph: Graph, x: Value): Value =>
  graph.apply('LogSoftmax', [x], x.shape, { axis: { int: -1 } });

/** A scalar constant. */
export const scalar = (graph: Graph, value: number): Value =>
  graph.constant(Float32Array.of(value), []);

/** [m, k] x [k, n] -> [m, n]; either may be transposed first. */
export function matMul(
  graph: Graph,
  a: Value,
  b: Value,
  { transA = false, transB = false }: { transA?: boolean; transB?: boolean } = {},
): Value {
  const [m, k] = transA ? [a.shape[1]!, a.shape[0]!] : [a.shape[0]!, a.shape[1]!];
  const [k2, n] = transB ? [b.shape[1]!, b.shape[0]!] : [b.shape[0]!, b.shape[1]!];
  if (a.shape.length !== 2 || b.shape.length !== 2 || k !== k2) {
    throw new RangeError(`matMul cannot multiply [${a.shape.join()}] by [${b.shape.join()}].`);
  }
  const attributes = { transA: { int: Number(transA) }, transB: { int: Number(transB) } };
  return graph.apply('Gemm', [a, b], [m, n], attributes);
}

/** [..., m, k] x [..., k, n] -> [..., m, n]: products of stacks of matrices, which broadcast. */
export function stackedMatMul(graph: Graph, a: Value, b: Value): Value {
  const stack = broadcastShape(a.shape.slice(0, -2), b.shape.slice(0, -2));
  return graph.apply('MatMul', [a, b], [...stack, a.shape.at(-2)!, b.shape.at(-1)!]);
}

export function swapLastAxes(graph: Graph, x: Value): Value {
  const axes = [...x.shape.keys()];
  return transpose(graph, x, [...axes.slice(0, -2), axes.at(-1)!, axes.at(-2)!]);
}

/** Over the given axes, counted from the front. */
export const reduceSum = reduction('ReduceSum');
export const reduceMean = reduction('ReduceMean');

/** Greatest value of each row: [m, k] -> [m, 1]. */
export const reduceMax = reduceRows('ReduceMax');
/** log sum exp of each row: [m, k] -> [m, 1]. */
export const reduceLogSumExp = reduceRows('ReduceLogSumExp');

/** Values side by side: some of [m, 1] -> [m, n]. */
export const columns = (graph: Graph, parts: readonly Value[]): Value =>
  graph.apply('Concat', parts, [parts[0]!.shape[0]!, parts.length], { axis: { int: 1 } });

/** Rows of a table: [rows, ...] by numbers of any shape -> [...numbers, ...]. */
export function gather(graph: Graph, table: Value, numbers: Value): Value {
  const shape = [...numbers.shape, ...table.shape.slice(1)];
  const attributes = { axis: { int: 0 } };
  const inputs = [table, numbers];
  return graph.applyMany({ op: 'Gather', inputs, attributes }, [{ shape, type: table.type }])[0]!;
}

/** The same numbers as float32. */
export const toFloat32 = (graph: Graph, x: Value): Value =>
  graph.apply('Cast', [x], x.shape, { to: { int: 1 } });

/** [batch, m, k] x [batch, k, n] -> [batch, m, n]: a product for each row of the batch. */
export function batchedMatMul(graph: Graph, a: Value, b: Value): Value {
  const [batch, m, k] = a.shape;
  const [, k2, n] = b.shape;
  if (a.shape.length !== 3 || b.shape.length !== 3 || k !== k2)
    throw new RangeError(`Cannot multiply [${a.shape.join()}] by [${b.shape.join()}] row by row.`);
  return graph.apply('MatMul', [a, b], [batch!, m!, n!]);
}

/** A new axis of length 1 before the given one. */
export function unsqueeze(graph: Graph, x: Value, axis: number): Value {
  const shape = [...x.shape.slice(0, axis), 1, ...x.shape.slice(axis)];
  return graph.apply('Unsqueeze', [x, int64s(graph, [axis])], shape);
}

/** At most one size may be left open; it is taken from what is there. */
export function reshape(graph: Graph, x: Value, shape: readonly Dim[]): Value {
  const sizes = shape.map((dim) => (typeof dim === 'string' ? -1 : dim));
  return moved(graph, { op: 'Reshape', inputs: [x, int64s(graph, sizes)], attributes: {} }, shape);
}

export function transpose(graph: Graph, x: Value, perm: readonly number[]): Value {
  const shape = perm.map((axis) => x.shape[axis]!);
  return moved(
    graph,
    { op: 'Transpose', inputs: [x], attributes: { perm: { ints: perm } } },
    shape,
  );
}

/** Repeats values along axes of length 1, and along new ones in front. Sizes are all known. */
export function expand(graph: Graph, x: Value, shape: readonly Dim[]): Value {
  const sizes = int64s(graph, shape.map(Number));
  return moved(graph, { op: 'Expand', inputs: [x, sizes], attributes: {} }, shape);
}

/** Elements [start, start + length) along one axis. */
export function sliceAxis(
  graph: Graph,
  x: Value,
  {
    axis,
    start,
    length,
  }: { readonly axis: number; readonly start: number; readonly length: number },
): Value {
  const bounds = [[start], [start + length], [axis]].map((numbers) => int64s(graph, numbers));
  const shape = x.shape.map((dim, own) => (own === axis ? length : dim));
  return moved(graph, { op: 'Slice', inputs: [x, ...bounds], attributes: {} }, shape);
}

/** Zeros around, so many before and after along each axis. */
export function pad(
  graph: Graph,
  x: Value,
  { before, after }: { readonly before: readonly number[]; readonly after: readonly number[] },
): Value {
  const shape = x.shape.map((dim, axis) => Number(dim) + before[axis]! + after[axis]!);
  return graph.apply('Pad', [x, int64s(graph, [...before, ...after])], shape);
}

/** Adds each part to its place along an axis of `x`; one place may get several. */
export function scatterAdd(
  graph: Graph,
  x: Value,
  { axis, places, parts }: { readonly axis: number; readonly places: Value; readonly parts: Value },
): Value {
  const attributes = { axis: { int: axis }, reduction: { string: 'add' } };
  return graph.apply('ScatterElements', [x, places, parts], x.shape, attributes);
}

/** Elements [start, start + length) of a vector. */
export function slice(graph: Graph, x: Value, start: number, length: number): Value {
  const bounds = [[start], [start + length], [0]].map((numbers) => int64s(graph, numbers));
  return graph.apply('Slice', [x, ...bounds], [length]);
}

/** Puts vectors one after the other. */
export function concat(graph: Graph, parts: readonly Value[]): Value {
  const length = parts.reduce((total, { shape }) => total + Number(shape[0]), 0);
  return graph.apply('Concat', parts, [length], { axis: { int: 0 } });
}

/**
 * Two-dimensional convolution, stride 1, the same padding on all sides.
 *
 * @param x       [batch, channelsIn, height, width].
 * @param weight  [channelsOut, channelsIn, kernelHeight, kernelWidth].
 */
export function conv(graph: Graph, x: Value, weight: Value, padding: number): Value {
  const [batch, channelsIn, height, width] = x.shape;
  const [channelsOut, weightChannels, kernelHeight, kernelWidth] = weight.shape;
  if (channelsIn !== weightChannels) {
    const shapes = `[${weight.shape.join()}] over [${x.shape.join()}]`;
    throw new RangeError(`conv cannot slide ${shapes}: the channels differ.`);
  }
  const sized = (size: Dim, kernel: Dim): number => Number(size) + 2 * padding - Number(kernel) + 1;
  const heightOut = sized(height!, kernelHeight!);
  const shape: Dim[] = [batch!, channelsOut!, heightOut, sized(width!, kernelWidth!)];
  return graph.apply('Conv', [x, weight], shape, { pads: allSides(padding) });
}

/** Maximum over windows of `size` x `size` side by side; rows and columns left over are dropped. */
export function maxPool(graph: Graph, x: Value, size: number): Value {
  const [batch, channels, height, width] = x.shape;
  const pooled = (length: Dim): number => Math.floor(Number(length) / size);
  const shape = [batch!, channels!, pooled(height!), pooled(width!)];
  const attributes = { kernel_shape: { ints: [size, size] }, strides: { ints: [size, size] } };
  const outputs = [
    { shape, type: 'float32' },
    { shape, type: 'int64' }, // Where each maximum was, for the gradient.
  ] as const;
  return graph.applyMany({ op: 'MaxPool', inputs: [x], attributes }, outputs)[0]!;
}

/** The shape of two tensors combined elementwise. @throws {RangeError} when they do not fit. */
export function broadcastShape(a: readonly Dim[], b: readonly Dim[]): Dim[] {
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, axis) => {
    const sizeA = a[axis - rank + a.length] ?? 1;
    const sizeB = b[axis - rank + b.length] ?? 1;
    if (sizeA !== sizeB && sizeA !== 1 && sizeB !== 1)
      throw new RangeError(`[${a.join()}] and [${b.join()}] cannot be combined elementwise.`);
    return sizeA === 1 ? sizeB : sizeA;
  });
}

export const int64s = (graph: Graph, numbers: readonly number[]): Value =>
  graph.constant(BigInt64Array.from(numbers.map(BigInt)), [numbers.length]);

const allSides = (padding: number) => ({ ints: [padding, padding, padding, padding] });

function elementwise(op: string) {
  return (graph: Graph, a: Value, b: Value): Value =>
    graph.apply(op, [a, b], broadcastShape(a.shape, b.shape));
}

function comparison(op: string) {
  return (graph: Graph, a: Value, b: Value): Value => {
    const shape = broadcastShape(a.shape, b.shape);
    const [value] = graph.applyMany({ op, inputs: [a, b], attributes: {} }, [
      { shape, type: 'bool' },
    ]);
    return value!;
  };
}

function reduction(op: string) {
  return (
    graph: Graph,
    x: Value,
    axes: readonly number[],
    { keepDims = false }: { keepDims?: boolean } = {},
  ): Value => {
    const shape = keepDims
      ? x.shape.map((dim, axis) => (axes.includes(axis) ? 1 : dim))
      : x.shape.filter((_, axis) => !axes.includes(axis));
    const attributes = { keepdims: { int: Number(keepDims) } };
    return graph.apply(op, [x, int64s(graph, axes)], shape, attributes);
  };
}

/** The first input in another shape or order, its type kept. */
function moved(graph: Graph, node: Omit<GraphNode, 'outputs'>, shape: readonly Dim[]): Value {
  return graph.applyMany(node, [{ shape, type: node.inputs[0]!.type }])[0]!;
}

/** Each row of [m, k] becomes one value. */
function reduceRows(op: string) {
  return (graph: Graph, x: Value): Value =>
    graph.apply(op, [x, int64s(graph, [1])], [x.shape[0]!, 1], { keepdims: { int: 1 } });
}

function unary(op: string) {
  return (graph: Graph, x: Value): Value => graph.apply(op, [x], x.shape);
}
