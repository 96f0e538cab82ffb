import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { Dtype, TensorData } from '../../src/task/dtype.js';
import type { TensorInput } from '../../src/task/task.js';
import { decodeTensors, encodeTensors } from '../../src/task/tensor-codec.js';
import { decodeText, encodeText } from '../../src/task/text-codec.js';

/** One tensor `x`. */
const inputOf = (dtype: Dtype, shape: readonly (number | null)[]): TensorInput => ({
  kind: 'tensor',
  tensors: [{ name: 'x', dtype, shape }],
});
const encode = (dtype: Dtype, data: TensorData): string =>
  Buffer.from(encodeTensors([{ data, dims: [data.length] }], inputOf(dtype, [null]))).toString(
    'hex',
  );

describe('the bytes of tensors', () => {
  const examples: readonly (readonly [Dtype, TensorData, string])[] = [
    ['float32', Float32Array.of(1, -2), '0200000000000000' + '0000803f000000c0'],
    ['float64', Float64Array.of(0.5), '0100000000000000' + '000000000000e03f'],
    ['float16', Uint16Array.of(0x3c00), '0100000000000000' + '003c000000000000'],
    ['int8', Int8Array.of(-1, 2, 3), '0300000000000000' + 'ff02030000000000'],
    ['int16', Int16Array.of(-2), '0100000000000000' + 'feff000000000000'],
    ['int32', Int32Array.of(258), '0100000000000000' + '0201000000000000'],
    ['int64', BigInt64Array.of(-2n), '0100000000000000' + 'feffffffffffffff'],
    ['uint8', Uint8Array.of(255), '0100000000000000' + 'ff00000000000000'],
    ['uint16', Uint16Array.of(0xfffe), '0100000000000000' + 'feff000000000000'],
    ['uint32', Uint32Array.of(0xfffffffe), '0100000000000000' + 'feffffff00000000'],
    ['uint64', BigUint64Array.of(2n ** 63n), '0100000000000000' + '0000000000000080'],
    ['bool', Uint8Array.of(0, 1), '0200000000000000' + '0001000000000000'],
    ['string', ['é', ''], '0200000000000000' + '02000000c3a9000000000000' + '00000000'],
  ];
  for (const [dtype, data, hex] of examples) {
    it(`are the open lengths, then the elements, each from a multiple of 8: ${dtype}`, () => {
      assert.equal(encode(dtype, data), hex);

      const bytes = Uint8Array.from(Buffer.from(hex, 'hex'));
      const [decoded] = decodeTensors(bytes, inputOf(dtype, [null]));
      assert.deepEqual(decoded, { data, dims: [data.length] });
    });
  }

  it('hold one tensor after the other, and no lengths that the task fixes', () => {
    const input: TensorInput = {
      kind: 'tensor',
      tensors: [
        { name: 'scalar', dtype: 'uint8', shape: [] },
        { name: 'grid', dtype: 'int16', shape: [2, null, 2, null] },
        { name: 'words', dtype: 'string', shape: [1] },
      ],
    };
    const values = [
      { data: Uint8Array.of(7), dims: [] },
      { data: Int16Array.of(1, 2, 3, 4), dims: [2, 1, 2, 1] },
      { data: ['ab'], dims: [1] },
    ];

    const bytes = encodeTensors(values, input);

    const hex = '0700000000000000' + '0100000001000000' + '0100020003000400' + '0200000061620000';
    assert.equal(Buffer.from(bytes).toString('hex'), hex);
    assert.deepEqual(decodeTensors(bytes, input), values);
  });

  it('are the same for -0 and 0: equal inputs have one draw', () => {
    assert.equal(encode('float32', Float32Array.of(-0)), encode('float32', Float32Array.of(0)));
    assert.equal(encode('float64', Float64Array.of(-0)), encode('float64', Float64Array.of(0)));
    assert.equal(encode('float16', Uint16Array.of(0x8000)), encode('float16', Uint16Array.of(0)));
    assert.notEqual(encode('uint16', Uint16Array.of(0x8000)), encode('uint16', Uint16Array.of(0)));
  });

  it('are read in place where they are aligned, and copied where they are not', () => {
    const input = inputOf('float64', [2]);
    const bytes = encodeTensors([{ data: Float64Array.of(1, 2), dims: [2] }], input);
    const shifted = Buffer.alloc(bytes.length + 4).subarray(4); // Whose slice() is a view.
    shifted.set(bytes);

    const [inPlace] = decodeTensors(bytes, input);
    const [copied] = decodeTensors(shifted, input);

    assert.equal((inPlace!.data as Float64Array).buffer, bytes.buffer);
    assert.deepEqual(copied, inPlace);
    assert.deepEqual((inPlace!.data as Float64Array)[1], 2);
  });

  it('leave the values as they were', () => {
    const data = Float32Array.of(-0);

    encode('float32', data);

    assert.ok(Object.is(data[0], -0));
  });

  it('give back whatever went in', () => {
    const input: TensorInput = {
      kind: 'tensor',
      tensors: [
        { name: 'words', dtype: 'string', shape: [null] },
        { name: 'numbers', dtype: 'float32', shape: [null] },
        { name: 'bytes', dtype: 'uint8', shape: [null] },
      ],
    };
    const lists = fc.tuple(
      fc.array(fc.string({ unit: 'binary' })),
      fc.float32Array({ noNaN: true, noDefaultInfinity: true }),
      fc.uint8Array(),
    );
    fc.assert(
      fc.property(lists, (datas) => {
        const values = datas.map((data) => ({ data, dims: [data.length] }));
        const decoded = decodeTensors(encodeTensors(values, input), input);
        values[1]!.data = datas[1].map((value) => value + 0);
        assert.deepEqual(decoded, values);
      }),
      { numRuns: 200 },
    );
  });

  const wrongValues: Readonly<Record<string, () => unknown>> = {
    'a tensor too few': () => encodeTensors([], inputOf('int8', [1])),
    'a wrong length': () =>
      encodeTensors([{ data: Int8Array.of(1, 2), dims: [2] }], inputOf('int8', [1])),
    'a missing axis': () =>
      encodeTensors([{ data: Int8Array.of(1), dims: [] }], inputOf('int8', [1])),
    'more elements than its shape': () =>
      encodeTensors([{ data: Int8Array.of(1, 2), dims: [1] }], inputOf('int8', [1])),
    'another array': () => encode('int8', Uint8Array.of(1)),
    'no list of strings': () => encode('string', Uint8Array.of(1)),
    NaN: () => encode('float32', Float32Array.of(NaN)),
    infinity: () => encode('float64', Float64Array.of(-Infinity)),
    'an infinite half': () => encode('float16', Uint16Array.of(0xfc00)),
    'a bool of 2': () => encode('bool', Uint8Array.of(2)),
  };
  for (const [what, act] of Object.entries(wrongValues)) {
    it(`are not written for ${what}`, () => assert.throws(act, RangeError));
  }

  const wrongBytes: Readonly<Record<string, () => unknown>> = {
    'bytes cut short': () => decodeTensors(new Uint8Array(8), inputOf('float64', [2])),
    'bytes left over': () => decodeTensors(new Uint8Array(24), inputOf('float64', [2])),
    'a string longer than all': () =>
      decodeTensors(Uint8Array.of(255, 255, 255, 255, 0, 0, 0, 0), inputOf('string', [1])),
    'a length beyond all': () =>
      decodeTensors(new Uint8Array(16).fill(255), inputOf('string', [null, null])),
  };
  for (const [what, act] of Object.entries(wrongBytes)) {
    it(`are not read: ${what}`, () => assert.throws(act, RangeError));
  }
});

describe('the bytes of a text', () => {
  it('are its UTF-8, a byte order mark included', () => {
    const text = '\ufeffnaïve 🙂';

    const bytes = encodeText(text);

    assert.equal(Buffer.from(bytes).toString('hex'), 'efbbbf6e61c3af766520f09f9982');
    assert.equal(decodeText(bytes), text);
  });
});
