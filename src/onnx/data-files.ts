import {
  TensorProto_DataLocation,
  type FunctionProto,
  type GraphProto,
  type TensorProto,
} from 'onnx-buf';
import { decodeModel } from './decoded-model.js';

/**
 * Names the files beside a model that hold values of it ("external data"), as the model names them.
 *
 * @returns none for what is no model.
 */
export function dataFilesOf(model: Uint8Array): readonly string[] {
  // Nobody decodes some hundred megabytes for nothing.
  if (!Buffer.from(model.buffer, model.byteOffset, model.byteLength).includes('location'))
    return [];
  try {
    const { graph, functions } = decodeModel(model);
    const graphs = graph === undefined ? functions : [graph, ...functions];
    const outside = graphs
      .flatMap(tensorsIn)
      .filter(({ dataLocation }) => dataLocation === TensorProto_DataLocation.EXTERNAL);
    return [...new Set(outside.map(fileOf))];
  } catch {
    return [];
  }
}

/** Those in bodies, too. */
const tensorsIn = (graph: GraphProto | FunctionProto): TensorProto[] => [
  ...('initializer' in graph ? graph.initializer : []),
  ...graph.node.flatMap(({ attribute }) =>
    attribute.flatMap(({ t, g, tensors, graphs }) => [
      ...(t === undefined ? [] : [t]),
      ...tensors,
      ...(g === undefined ? graphs : [g, ...graphs]).flatMap(tensorsIn),
    ]),
  ),
];

const fileOf = ({ externalData }: TensorProto): string =>
  externalData.find(({ key }) => key === 'location')?.value ?? 'without a name';
