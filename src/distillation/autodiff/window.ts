import type { Attribute, GraphNode, Value } from '../../onnx/graph.js';
import { intOf, sizesOf } from './gradient-rule.js';

/** How a kernel slides over the axes of an image, of a line, or of a volume. */
export interface Window {
  /** Axes that it slides over: 2 for images. */
  readonly rank: number;
  readonly kernel: readonly number[];
  readonly strides: readonly number[];
  readonly dilations: readonly number[];
  readonly before: readonly number[];
  readonly after: readonly number[];
  readonly group: number;
}

/**
 * Reads the attributes of a convolution or a pool.
 *
 * @param kernel  sizes of the kernel, where they are no attribute.
 */
export function windowOf({ inputs, attributes }: GraphNode, kernel?: readonly number[]): Window {
  const rank = inputs[0]!.shape.length - 2;
  const list = (name: string, absent: number, length = rank): readonly number[] =>
    listOf(attributes[name]) ?? Array<number>(length).fill(absent);
  const pads = list('pads', 0, 2 * rank);
  return {
    rank,
    kernel: kernel ?? list('kernel_shape', 1),
    strides: list('strides', 1),
    dilations: list('dilations', 1),
    before: pads.slice(0, rank),
    after: pads.slice(rank),
    group: intOf(attributes['group'], 1),
  };
}

const listOf = (attribute: Attribute | undefined): readonly number[] | undefined =>
  attribute !== undefined && 'ints' in attribute ? attribute.ints : undefined;

export const attributesOf = (window: Omit<Window, 'rank' | 'kernel'>) => ({
  strides: { ints: window.strides },
  dilations: { ints: window.dilations },
  pads: { ints: [...window.before, ...window.after] },
  group: { int: window.group },
});

/** Rows and columns at the end that a stride steps over: no window reaches them. */
export function leftOver(window: Window, x: Value, z: Value): readonly number[] {
  const [sizes, results] = [sizesOf(x).slice(2), sizesOf(z).slice(2)];
  return sizes.map((size, axis) => {
    const reach = window.dilations[axis]! * (window.kernel[axis]! - 1) + 1;
    const padded = size + window.before[axis]! + window.after[axis]!;
    return padded - (results[axis]! - 1) * window.strides[axis]! - reach;
  });
}
