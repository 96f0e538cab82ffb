import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { parseInput } from '../../src/http/parse-input.js';
import { dtypes, type Dtype, type TensorData } from '../../src/task/dtype.js';
import { jsonOfInput } from '../../src/task/input-json.js';
import type { Input, InputSpec, TensorSpec } from '../../src/task/task.js';
import { encodeTensors } from '../../src/task/tensor-codec.js';
import { typedArrays } from '../../src/task/typed-arrays.js';

/** What a caller sends for an input, over the wire, is the same input. */
function assertSame(input: Input, spec: InputSpec): void {
  const sent: unknown = JSON.parse(JSON.stringify(jsonOfInput(input, spec)));

  assert.deepEqual(Buffer.from(parseInput(sent, spec, 'input')), Buffer.from(input));
}

describe('an input as JSON', () => {
  it('is the same image again, of 8 bits a channel', () => {
    const arbitrary = fc
      .record({
        width: fc.integer({ min: 1, max: 8 }),
        height: fc.integer({ min: 1, max: 8 }),
        channels: fc.constantFrom<1 | 3>(1, 3),
      })
      .chain((size) => {
        const length = size.width * size.height * size.channels;
        const bytes = fc.uint8Array({ minLength: length, maxLength: length });
        return bytes.map((image) => ({ image, spec: { kind: 'image', ...size } as const }));
      });
    fc.assert(fc.property(arbitrary, ({ image, spec }) => assertSame(image, spec)));
    const everyByte = Uint8Array.from({ length: 256 }, (_, byte) => byte);
    assertSame(everyByte, { kind: 'image', width: 16, height: 16, channels: 1 });
  });

  it('is the same text again, whatever is in it', () => {
    const spec = { kind: 'text', charsMax: 100 } as const;
    const texts = fc
      .string({ unit: 'binary', minLength: 1, maxLength: 50 })
      .filter((text) => !text.includes('\0'));
    fc.assert(fc.property(texts, (text) => assertSame(parseInput(text, spec, 'input'), spec)));
    for (const text of ['\uFEFFwith a mark', 'half a \uD83D pair', '"\\\n\u2028'])
      assertSame(parseInput(text, spec, 'input'), spec);
  });

  for (const dtype of dtypes)
    it(`is the same tensor again, of ${dtype}`, () => {
      fc.assert(
        fc.property(tensorOf(dtype), ({ spec, data, dims }) => {
          const input = { kind: 'tensor', tensors: [spec] } as const;
          assertSame(encodeTensors([{ data, dims }], input), input);
        }),
      );
    });

  it('is the same tensors again, under any names', () => {
    const names = ['__proto__', 'constructor', 'a.b', 'Ü'];
    const tensors = names.map((name): TensorSpec => ({ name, dtype: 'int32', shape: [2] }));
    const values = names.map((_, index) => ({ data: Int32Array.of(index, -index), dims: [2] }));
    const input = { kind: 'tensor', tensors } as const;

    assertSame(encodeTensors(values, input), input);
  });
});

/** A tensor of up to three axes, any of them open. */
const tensorOf = (dtype: Dtype) =>
  fc
    .array(fc.record({ length: fc.integer({ min: 1, max: 3 }), isOpen: fc.boolean() }), {
      maxLength: 3,
    })
    .chain((axes) => {
      const dims = axes.map(({ length }) => length);
      const count = dims.reduce((product, length) => product * length, 1);
      const shape = axes.map(({ length, isOpen }) => (isOpen ? null : length));
      return dataOf(dtype, count).map((data) => ({
        spec: { name: 'x', dtype, shape } satisfies TensorSpec,
        data,
        dims,
      }));
    });

/** Every value that a type has, but for those that no input may hold: NaN and infinities. */
function dataOf(dtype: Dtype, count: number): fc.Arbitrary<TensorData> {
  const size = { minLength: count, maxLength: count };
  if (dtype === 'string')
    return fc.array(
      fc.string({ unit: 'binary' }).filter((text) => !text.includes('\0')),
      size,
    );
  if (dtype === 'bool') return fc.array(fc.nat(1), size).map((bits) => Uint8Array.from(bits));
  const type = typedArrays[dtype];
  const bytes = count * type.BYTES_PER_ELEMENT;
  return fc
    .uint8Array({ minLength: bytes, maxLength: bytes })
    .map((raw) => finite(dtype, new type(raw.slice().buffer, 0, count)));
}

function finite(dtype: Dtype, data: Exclude<TensorData, readonly string[]>): TensorData {
  if (data instanceof Float32Array || data instanceof Float64Array)
    return data.map((value) => (Number.isFinite(value) ? value : 1));
  if (dtype === 'float16' && data instanceof Uint16Array)
    return data.map((bits) => ((bits & 0x7c00) === 0x7c00 ? 0x3c00 : bits));
  return data;
}
