import type { Value } from '../../onnx/graph.js';
import * as op from '../../onnx/operators.js';
import {
  asItIs,
  become,
  input,
  present,
  shapeOf,
  UncoveredError,
  type Import,
  type Importers,
} from './importer.js';

export const windowImporters: Importers = {
  Conv: (given) => {
    const kernel = shapeOf(input(given, 1)).slice(2);
    const { attributes } = given.node;
    const group = { int: attributes.int('group', 1) };
    return asItIs(given, { ...slideOf(given, kernel).attributes, group });
  },
  MaxPool: (given) => {
    const { graph, node } = given;
    const { shape } = given.outputs[0]!;
    const outputs = [
      { shape, type: 'float32' },
      { shape, type: 'int64' }, // Where each maximum was, for the gradient.
    ] as const;
    const { attributes } = poolOf(given);
    const pooled = graph.applyMany({ op: 'MaxPool', inputs: present(given), attributes }, outputs);
    // Another order changes the places that the file gives, and nothing else.
    return node.attributes.int('storage_order', 0) === 0 ? pooled : pooled.slice(0, 1);
  },
  AveragePool: (given) => {
    const { graph, node } = given;
    const slide = poolOf(given);
    const isPadCounted = node.attributes.int('count_include_pad', 0);
    const attributes = { ...slide.attributes, count_include_pad: { int: isPadCounted } };
    const averages = asItIs(given, attributes);
    if (isPadCounted === 0 || !slide.isBeyond) return averages;
    return [op.mul(graph, averages[0]!, morePerPlace(given, slide))];
  },
  GlobalAveragePool: (given) => [overSpace(given, 'ReduceMean')],
  GlobalMaxPool: (given) => [overSpace(given, 'ReduceMax')],
};

function overSpace(given: Import, name: string): Value {
  const x = input(given, 0);
  const axes = op.int64s(given.graph, [...x.shape.keys()].slice(2));
  return become(given, { op: name, inputs: [x, axes], attributes: { keepdims: { int: 1 } } });
}

/** As `slideOf`; ONNX Runtime refuses pools whose padding, in numbers, is as long as the kernel. */
function poolOf(given: Import) {
  const kernel = given.node.attributes.ints('kernel_shape')!;
  const slide = slideOf(given, kernel);
  if (slide.attributes.pads.ints.some((pad, index) => pad >= kernel[index % kernel.length]!))
    throw new UncoveredError('dilated, it is padded by as much as its kernel has places');
  return { ...slide, kernel };
}

/**
 * Size of the kernel / places that a window counts, [...results]: padding counts where the file
 * names it, and not where `ceil_mode` has added it, as in PyTorch.
 */
function morePerPlace(
  { graph, outputs }: Import,
  { kernel, counts }: { kernel: readonly number[]; counts: readonly (readonly number[])[] },
): Value {
  const factors = counts.reduce<number[]>(
    (outer, own, axis) =>
      outer.flatMap((factor) => own.map((count) => (factor * kernel[axis]!) / count)),
    [1],
  );
  return graph.constant(Float32Array.from(factors), outputs[0]!.shape.slice(2));
}

/**
 * How the window slides, its padding in numbers: `auto_pad` and `ceil_mode` are other words for
 * them, now that the sizes are known.
 *
 * @returns isBeyond: `ceil_mode` lets the last window reach over the padding; counts: of each axis,
 *          the places of each window that are not over it.
 */
function slideOf(given: Import, kernel: readonly number[]) {
  const { attributes } = given.node;
  const rank = kernel.length;
  const ones = Array<number>(rank).fill(1);
  const strides = attributes.ints('strides') ?? ones;
  const dilations = attributes.ints('dilations') ?? ones;
  const sizes = shapeOf(input(given, 0)).slice(2);
  const results = given.outputs[0]!.shape.slice(2);
  const named = attributes.ints('pads') ?? Array<number>(2 * rank).fill(0);
  const autoPad = attributes.string('auto_pad', 'NOTSET');
  let isBeyond = false;
  const pads = sizes.map((size, axis): readonly [number, number] => {
    const reach = dilations[axis]! * (kernel[axis]! - 1) + 1;
    const needed = (results[axis]! - 1) * strides[axis]! + reach - size;
    if (autoPad.startsWith('SAME')) {
      const small = Math.floor(Math.max(0, needed) / 2);
      const large = Math.max(0, needed) - small;
      return autoPad === 'SAME_UPPER' ? [small, large] : [large, small];
    }
    const [before, after] = autoPad === 'VALID' ? [0, 0] : [named[axis]!, named[axis + rank]!];
    if (needed > before + after) isBeyond = true;
    return [before, Math.max(after, needed - before)];
  });
  const counts = sizes.map((size, axis) => {
    const end = size + (named[axis + rank] ?? 0);
    const start = (place: number): number => place * strides[axis]! - pads[axis]![0];
    return Array.from({ length: results[axis]! }, (_, place) =>
      Math.min(kernel[axis]!, Math.ceil((end - start(place)) / dilations[axis]!)),
    );
  });
  const all = [...pads.map(([before]) => before), ...pads.map(([, after]) => after)];
  return {
    attributes: {
      kernel_shape: { ints: kernel },
      strides: { ints: strides },
      dilations: { ints: dilations },
      pads: { ints: all },
    },
    isBeyond,
    counts,
  };
}
