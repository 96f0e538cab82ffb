import { isUtf8 } from 'node:buffer';
import type { Dtype } from '../../task/dtype.js';
import { numberOfFloat16 } from '../../task/float16.js';
import { oipDatatypes } from '../../task/oip-datatypes.js';
import { showValue } from '../../task/show-value.js';
import { typedArrays } from '../../task/typed-arrays.js';
import { invalidField } from '../../task/invalid-field.js';
import { parseJson } from '../read-json.js';

/** Of a text among binary data: uint32, little-endian. */
const lengthBytes = 4;

/**
 * Reads a body of the protocol: JSON, or JSON that the bytes of tensors follow (the extension
 * "binary tensor data", which Triton's own clients use unless they are told not to). Bytes become
 * the `data` that JSON would have had.
 *
 * @param jsonLength  the header `inference-header-content-length`; undefined: all of it is JSON.
 * @throws {InvalidInputError} when there are more or fewer bytes than it says.
 */
export function parseOipBody(body: Buffer, jsonLength: string | undefined): unknown {
  if (jsonLength === undefined) return parseJson(body);
  const length = /^\d+$/.test(jsonLength) ? Number(jsonLength) : NaN;
  if (!(length <= body.byteLength)) {
    const field = 'inference-header-content-length';
    const expected = `a whole number up to ${body.byteLength}`;
    throw invalidField({ field, expected, got: showValue(jsonLength) });
  }
  const parsed = parseJson(body.subarray(0, length));
  const inputs = fieldsOf(parsed)['inputs'];
  let offset = length;
  for (const input of (Array.isArray(inputs) ? inputs : []).map(fieldsOf)) {
    const size = fieldsOf(input['parameters'])['binary_data_size'];
    if (size === undefined) continue;
    const left = body.byteLength - offset;
    if (typeof size !== 'number' || !Number.isInteger(size) || size < 0 || size > left) {
      const expected = `a whole number up to the ${left} bytes that are left`;
      throw invalidField({ field: 'binary_data_size', expected, got: showValue(size) });
    }
    input['data'] = elementsIn(body.subarray(offset, offset + size), input['datatype']);
    offset += size;
  }
  if (offset === body.byteLength) return parsed;
  const got = `${body.byteLength - offset} more`;
  throw invalidField({ field: '(body)', expected: 'the bytes of its tensors', got });
}

const dtypeOf = new Map(
  Object.entries(oipDatatypes).map(([dtype, name]) => [name, dtype as Dtype]),
);

/** The elements as JSON would hold them; integers of 64 bits as texts, which are not rounded. */
function elementsIn(bytes: Buffer, datatype: unknown): readonly unknown[] {
  const dtype = dtypeOf.get(datatype as string);
  if (dtype === undefined) return []; // Whoever looks at the datatype says so.
  if (dtype === 'string') return textsIn(bytes);
  const type = typedArrays[dtype];
  if (bytes.byteLength % type.BYTES_PER_ELEMENT !== 0) {
    const expected = `a multiple of ${type.BYTES_PER_ELEMENT}, for ${showValue(datatype)}`;
    throw invalidField({ field: 'binary_data_size', expected, got: `${bytes.byteLength}` });
  }
  const count = bytes.byteLength / type.BYTES_PER_ELEMENT;
  const elements = new type(new Uint8Array(bytes).buffer, 0, count); // A copy starts where it may.
  return Array.from<number | bigint, unknown>(elements, (element) => {
    if (typeof element === 'bigint') return String(element);
    return dtype === 'float16' ? numberOfFloat16(element) : element;
  });
}

function textsIn(bytes: Buffer): readonly string[] {
  const texts: string[] = [];
  for (let offset = 0; offset < bytes.byteLength;) {
    const start = offset + lengthBytes;
    const end = start <= bytes.byteLength ? start + bytes.readUInt32LE(offset) : Infinity;
    if (end > bytes.byteLength) {
      const expected = 'texts, each after its length (uint32)';
      throw invalidField({ field: 'inputs[].data', expected, got: 'one that is cut off' });
    }
    const text = bytes.subarray(start, end);
    if (!isUtf8(text)) {
      const got = `another encoding in number ${texts.length}`;
      throw invalidField({ field: 'inputs[].data', expected: 'texts in UTF-8', got });
    }
    texts.push(text.toString('utf8'));
    offset = end;
  }
  return texts;
}

const fieldsOf = (value: unknown): Record<string, unknown> =>
  typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
