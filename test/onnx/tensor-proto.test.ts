import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { create } from '@bufbuild/protobuf';
import { TensorProto_DataType, TensorProtoSchema } from 'onnx-buf';
import { readTensor, withFloats } from '../../src/onnx/tensor-proto.js';

const { FLOAT, DOUBLE, INT64, UINT64, INT8, BOOL, FLOAT16, STRING } = TensorProto_DataType;

describe('readTensor', () => {
  it('reads raw bytes from wherever they start', () => {
    const bytes = new Uint8Array(9);
    bytes.set(new Uint8Array(Float32Array.of(1.5, -2).buffer), 1);
    const rawData = bytes.subarray(1);

    const tensor = readTensor(create(TensorProtoSchema, { dataType: FLOAT, dims: [2n], rawData }));

    assert.deepEqual(tensor, { type: 'float32', shape: [2], data: Float32Array.of(1.5, -2) });
  });

  for (const { name, fields, expected } of [
    {
      name: 'floats',
      fields: { dataType: FLOAT, floatData: [0.5] },
      expected: Float32Array.of(0.5),
    },
    {
      name: 'doubles',
      fields: { dataType: DOUBLE, doubleData: [0.1] },
      expected: Float64Array.of(0.1),
    },
    {
      name: '64-bit integers',
      fields: { dataType: INT64, int64Data: [-5n] },
      expected: BigInt64Array.of(-5n),
    },
    {
      name: 'unsigned 64-bit integers',
      fields: { dataType: UINT64, uint64Data: [5n] },
      expected: BigUint64Array.of(5n),
    },
    {
      name: 'bytes',
      fields: { dataType: INT8, int32Data: [-5] },
      expected: Int8Array.of(-5),
    },
    { name: 'flags', fields: { dataType: BOOL, int32Data: [1] }, expected: Uint8Array.of(1) },
    {
      name: 'the bits of halves',
      fields: { dataType: FLOAT16, int32Data: [0x3c00] },
      expected: Uint16Array.of(0x3c00),
    },
  ]) {
    it(`reads ${name} that are listed as numbers`, () => {
      assert.deepEqual(
        readTensor(create(TensorProtoSchema, { ...fields, dims: [1n] }))?.data,
        expected,
      );
    });
  }

  it('knows no texts', () => {
    assert.equal(readTensor(create(TensorProtoSchema, { dataType: STRING })), null);
  });
});

describe('withFloats', () => {
  it('keeps name, type and shape', () => {
    const before = create(TensorProtoSchema, {
      name: 'w',
      dataType: FLOAT,
      dims: [1n, 2n],
      floatData: [1, 2],
    });

    const after = withFloats(before, Float32Array.of(3, 4));

    assert.equal(after.name, 'w');
    assert.deepEqual(readTensor(after), {
      type: 'float32',
      shape: [1, 2],
      data: Float32Array.of(3, 4),
    });
  });
});
