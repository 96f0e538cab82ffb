import {
  continueStudent,
  type ContinuedModel,
} from '../../src/distillation/continued/continue-student.js';
import type { DatasetRow } from '../../src/distillation/dataset.js';
import { constantOf, decodeModel, isConstant } from '../../src/onnx/decoded-model.js';
import { readTensor } from '../../src/onnx/tensor-proto.js';
import { readBundle } from '../../src/registry/read-bundle.js';
import type { TensorInput } from '../../src/task/task.js';
import { encodeTensors } from '../../src/task/tensor-codec.js';
import { ringsTask } from './brought-students.js';
import { writeHandWritten } from './hand-written.js';
import { seededDraw } from './seeded-draw.js';

/** Is the first number larger than the second one? */
function drawRows(count: number, seed: number, shape: readonly number[]): DatasetRow[] {
  const own = { ...ringsTask.input, tensors: [{ name: 'X', dtype: 'float32', shape }] };
  const size = shape.reduce((product, dim) => product * dim, 1);
  const draw = seededDraw(seed);
  return Array.from({ length: count }, (_, index) => {
    const data = Float32Array.from({ length: size }, () => 4 * draw() - 2);
    const input = encodeTensors([{ data, dims: shape }], own as TensorInput);
    const label = Number(data[0]! > data[1]!);
    return { id: `row-${index}`, input, label, probabilities: null, weight: 1, source: 'capture' };
  });
}

/** Trains a student further that takes X [n, ...shape] and gives scores of two labels. */
export async function continueOnPoints(
  directory: string,
  model: Uint8Array,
  manifest: Readonly<Record<string, unknown>> = {},
  shape: readonly number[] = [2],
): Promise<ContinuedModel & { readonly changed: readonly string[] }> {
  const { labels } = ringsTask;
  const input = { kind: 'tensor', tensors: [{ name: 'X', dtype: 'float32', shape }] };
  const own = { labels, input, ...manifest };
  const bundleDir = writeHandWritten(directory, { model, manifest: own });
  const continued = await continueStudent({
    bundle: await readBundle(bundleDir),
    augment: null,
    training: {
      train: drawRows(64, 1, shape),
      validation: drawRows(60, 2, shape),
      ...{ seed: 1, parent: null, now: () => 0, onTrial: () => () => undefined },
      budget: { workMax: 0, secondsMax: Infinity },
    },
  });
  const [before, after] = [tensorsOf(model), tensorsOf(continued.model)];
  const changed = [...before].flatMap(([name, data]) => (after.get(name) === data ? [] : [name]));
  return { ...continued, changed };
}

/** Of initializers and nodes `Constant`, in the order of the file. */
function tensorsOf(model: Uint8Array): ReadonlyMap<string, string> {
  const { initializer, node } = decodeModel(model).graph!;
  const constants = node.filter(isConstant);
  return new Map([
    ...initializer.map((proto) => [proto.name, readTensor(proto)!.data.join()] as const),
    ...constants.map((one) => [one.output[0]!, readTensor(constantOf(one)!)!.data.join()] as const),
  ]);
}
