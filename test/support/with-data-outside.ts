import { create } from '@bufbuild/protobuf';
import {
  StringStringEntryProtoSchema,
  TensorProto_DataLocation,
  TensorProtoSchema,
} from 'onnx-buf';
import { decodeModel, encodeWith } from '../../src/onnx/decoded-model.js';

/** The same model as PyTorch saves large ones: values of its initializers in a file beside it. */
export function withDataOutside(bytes: Uint8Array, file: string): Uint8Array {
  const model = decodeModel(bytes);
  const graph = model.graph!;
  let offset = 0;
  const entry = (key: string, value: string) =>
    create(StringStringEntryProtoSchema, { key, value });
  const initializer = graph.initializer.map(({ name, dataType, dims, rawData }) => {
    const start = offset;
    offset += rawData.length;
    return create(TensorProtoSchema, {
      ...{ name, dataType, dims, dataLocation: TensorProto_DataLocation.EXTERNAL },
      externalData: [
        entry('location', file),
        entry('offset', String(start)),
        entry('length', String(rawData.length)),
      ],
    });
  });
  return encodeWith(model, { ...graph, initializer });
}
