import type { Graph, Value } from '../../onnx/graph.js';
import * as op from '../../onnx/operators.js';
import {
  asItIs,
  fromFront,
  input,
  numbers,
  present,
  shapeOf,
  UncoveredError,
  type Import,
  type Importer,
  type Importers,
} from './importer.js';

/** Every size is known, so that all ways to say a shape are one. */
const toShape: Importer = (given) => [
  op.reshape(given.graph, input(given, 0), given.outputs[0]!.shape),
];

export const shapeImporters: Importers = {
  Reshape: toShape,
  Flatten: toShape,
  Squeeze: toShape,
  Unsqueeze: toShape,
  Expand: (given) => [op.expand(given.graph, input(given, 0), given.outputs[0]!.shape)],
  Transpose: (given) => {
    const x = input(given, 0);
    const reversed = [...x.shape.keys()].reverse();
    return [op.transpose(given.graph, x, given.node.attributes.ints('perm') ?? reversed)];
  },
  Concat: (given) => {
    const axis = fromFront(given.node.attributes.int('axis', 0), given.outputs[0]!.shape.length);
    return asItIs(given, { axis: { int: axis } });
  },
  Gather: (given) => asItIs(given, { axis: { int: given.node.attributes.int('axis', 0) } }),
  Split: (given) => {
    const { graph, node, outputs } = given;
    const x = input(given, 0);
    const axis = fromFront(node.attributes.int('axis', 0), x.shape.length);
    let start = 0;
    return outputs.map(({ shape }) => {
      const part = op.sliceAxis(graph, x, { axis, start, length: shape[axis]! });
      start += shape[axis]!;
      return part;
    });
  },
  Slice: importSlice,
  Tile: (given) => {
    const { graph, outputs } = given;
    const x = input(given, 0);
    const repeats = numbers(given, 1, 'repeats')!;
    const sizes = shapeOf(x);
    const apart = op.reshape(
      graph,
      x,
      sizes.flatMap((size) => [1, size]),
    );
    const repeated = sizes.flatMap((size, axis) => [repeats[axis]!, size]);
    return [op.reshape(graph, op.expand(graph, apart, repeated), outputs[0]!.shape)];
  },
  Pad: importPad,
};

/** Places that an axis is left with, by steps of 1 or of another length. */
function importSlice(given: Import): readonly Value[] {
  const { graph, opset, node } = given;
  const x = input(given, 0);
  const read = (name: string, index: number): readonly number[] | null =>
    opset < 10 ? node.attributes.ints(name) : numbers(given, index, name);
  const [starts, ends] = [read('starts', 1)!, read('ends', 2)!];
  const axes = read('axes', 3) ?? [...starts.keys()];
  const steps = opset < 10 ? null : numbers(given, 4, 'steps');
  const sliced = axes.reduce((value, named, index) => {
    const axis = fromFront(named, x.shape.length);
    const step = steps?.[index] ?? 1;
    const places = placesOf(Number(x.shape[axis]), {
      start: starts[index]!,
      end: ends[index]!,
      step,
    });
    return takeAlong(graph, value, { axis, places, step });
  }, x);
  return [sliced];
}

function placesOf(
  length: number,
  { start, end, step }: { readonly start: number; readonly end: number; readonly step: number },
): number[] {
  const at = (place: number): number => (place < 0 ? place + length : place);
  const [least, most] = step > 0 ? [0, length] : [-1, length - 1];
  const bounded = (place: number): number => Math.min(most, Math.max(least, place));
  const first = Math.max(step > 0 ? 0 : -1, bounded(at(start)));
  const last = bounded(at(end));
  const places: number[] = [];
  for (let place = first; step > 0 ? place < last : place > last; place += step) places.push(place);
  return places;
}

function takeAlong(
  graph: Graph,
  x: Value,
  { axis, places, step }: { axis: number; places: readonly number[]; step: number },
): Value {
  if (places.length === x.shape[axis] && step === 1) return x;
  if (step === 1)
    return op.sliceAxis(graph, x, { axis, start: places[0] ?? 0, length: places.length });
  const shape = x.shape.map((dim, own) => (own === axis ? places.length : dim));
  const node = {
    op: 'Gather',
    inputs: [x, op.int64s(graph, places)],
    attributes: { axis: { int: axis } },
  };
  return graph.applyMany(node, [{ shape, type: x.type }])[0]!;
}

function importPad(given: Import): readonly Value[] {
  const { graph, opset, node } = given;
  const { attributes } = node;
  const mode = attributes.string('mode', 'constant');
  if (mode !== 'constant') throw new UncoveredError(`its mode is ${mode}`);
  const x = input(given, 0);
  const rank = x.shape.length;
  const named = opset < 11 ? attributes.ints('pads')! : numbers(given, 1, 'pads')!;
  const axes = numbers(given, 3, 'axes') ?? [...x.shape.keys()];
  const pads = Array<number>(2 * rank).fill(0);
  axes.forEach((axis, index) => {
    pads[fromFront(axis, rank)] = named[index]!;
    pads[fromFront(axis, rank) + rank] = named[index + axes.length]!;
  });
  const value =
    opset < 11
      ? op.scalar(graph, attributes.float('value', 0))
      : (present({ ...given, inputs: given.inputs.slice(2, 3) })[0] ?? op.scalar(graph, 0));
  const added = pads.map((pad) => Math.max(0, pad));
  return asItIs(given, {}, [cropped(graph, x, pads), op.int64s(graph, added), value]);
}

/** Without what negative padding takes away. */
function cropped(graph: Graph, x: Value, pads: readonly number[]): Value {
  const rank = x.shape.length;
  return shapeOf(x).reduce((value, size, axis) => {
    const [start, end] = [Math.max(0, -pads[axis]!), Math.max(0, -pads[axis + rank]!)];
    if (start === 0 && end === 0) return value;
    if (start + end > size) throw new UncoveredError('its negative padding is more than there is');
    return op.sliceAxis(graph, value, { axis, start, length: size - start - end });
  }, x);
}
