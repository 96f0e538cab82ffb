import { flattenLists } from '../../task/flatten-lists.js';
import { encodeTensors, sizeOf } from '../../task/tensor-codec.js';
import { showValue } from '../../task/show-value.js';
import type { Input, InputSpec, TaskSpec } from '../../task/task.js';
import { invalidField } from '../../task/invalid-field.js';
import { parseInput } from '../parse-input.js';
import { parseTensor } from '../../task/parse-tensor.js';
import { oipInputsOf, oipOutputsOf, type OipTensorJson } from './oip-tensors.js';

export interface ParsedInfer {
  /** Sent back as it came. */
  readonly id: string | null;
  readonly inputs: readonly Input[];
  /** Names of the outputs that are asked for; null: all that there are. */
  readonly outputs: readonly string[] | null;
  /** `route`, `timeoutMs`, `subject` and `noStore`, as a prediction has them. */
  readonly parameters: Readonly<Record<string, unknown>>;
}

/**
 * Reads the body of an inference request of the Open Inference Protocol, version 2.
 *
 * @throws {InvalidInputError} naming the first field that is wrong.
 */
export function parseInfer(body: unknown, spec: TaskSpec, batchRowsMax: number): ParsedInfer {
  const { id, inputs, outputs, parameters } = objectIn(body, '(body)');
  if (id !== undefined && typeof id !== 'string')
    throw invalidField({ field: 'id', expected: 'a text', got: showValue(id) });
  return {
    id: id ?? null,
    inputs: parseInputs(inputs, spec, batchRowsMax),
    outputs: outputs === undefined ? null : parseOutputs(outputs, spec),
    parameters: parameters === undefined ? {} : objectIn(parameters, 'parameters'),
  };
}

function parseOutputs(value: unknown, spec: TaskSpec): readonly string[] {
  const known = oipOutputsOf(spec).map(({ name }) => name);
  return listIn(value, 'outputs').map((entry, index) => {
    const { name } = objectIn(entry, `outputs[${index}]`);
    if (typeof name === 'string' && known.includes(name)) return name;
    const expected = `one of ${known.join(', ')}`;
    throw invalidField({ field: `outputs[${index}].name`, expected, got: showValue(name) });
  });
}

/** One tensor of the request: the elements of all rows, one after the other. */
interface GivenTensor {
  readonly field: string;
  readonly datatype: string;
  /** Of one row. */
  readonly dims: readonly number[];
  readonly rows: number;
  readonly data: readonly unknown[];
}

function parseInputs(value: unknown, spec: TaskSpec, batchRowsMax: number): readonly Input[] {
  const wanted = oipInputsOf(spec);
  const given = listIn(value, 'inputs');
  const names = wanted.map(({ name }) => name).join(', ');
  if (given.length !== wanted.length) {
    const expected = `${wanted.length} tensor(s): ${names}`;
    throw invalidField({ field: 'inputs', expected, got: `${given.length}` });
  }
  const tensors = wanted.map((tensor) => {
    const index = given.findIndex((one) => objectIn(one, 'inputs[]')['name'] === tensor.name);
    if (index >= 0) return parseGiven(given[index], `inputs[${index}]`, { tensor, batchRowsMax });
    const got = `nothing of that name; the tensors are ${names}`;
    throw invalidField({ field: 'inputs', expected: `the tensor ${tensor.name}`, got });
  });
  const [first] = tensors;
  const odd = tensors.find(({ rows }) => rows !== first!.rows);
  if (odd !== undefined) {
    const expected = `${first!.rows} rows, as ${first!.field}`;
    throw invalidField({ field: `${odd.field}.shape`, expected, got: `${odd.rows}` });
  }
  return Array.from({ length: first!.rows }, (_, row) => rowOf(tensors, row, spec.input));
}

function parseGiven(
  value: unknown,
  field: string,
  { tensor, batchRowsMax }: { readonly tensor: OipTensorJson; readonly batchRowsMax: number },
): GivenTensor {
  const { datatype, shape, data } = objectIn(value, field);
  const types = tensor.name === 'image' ? ['UINT8', 'FP32', 'FP64'] : [tensor.datatype];
  if (typeof datatype !== 'string' || !types.includes(datatype)) {
    const expected = types.join(' or ');
    throw invalidField({ field: `${field}.datatype`, expected, got: showValue(datatype) });
  }
  const lengths = listIn(shape, `${field}.shape`);
  const [rows, ...dims] = lengths.map((length, axis) => {
    if (typeof length === 'number' && Number.isInteger(length) && length >= 1) return length;
    const expected = 'a whole number, at least 1';
    throw invalidField({ field: `${field}.shape[${axis}]`, expected, got: showValue(length) });
  });
  if (rows === undefined || rows > batchRowsMax) {
    const expected = `1 to ${batchRowsMax} rows`;
    throw invalidField({ field: `${field}.shape[0]`, expected, got: showValue(rows) });
  }
  if (data === undefined)
    throw invalidField(
      { field: `${field}.data`, expected: 'the elements as JSON', got: 'nothing' },
      ' Data in shared memory are not taken here.',
    );
  const count = rows * sizeOf(dims);
  const elements = flattenLists(listIn(data, `${field}.data`), count + 1);
  if (elements.length !== count) {
    const expected = `${count} elements, as its shape says`;
    const got = elements.length > count ? `more than ${count}` : `${elements.length}`;
    throw invalidField({ field: `${field}.data`, expected, got });
  }
  return { field, datatype, dims, rows, data: elements };
}

function rowOf(tensors: readonly GivenTensor[], row: number, spec: InputSpec): Input {
  const [only] = tensors;
  const elementsOf = ({ data, dims }: GivenTensor): readonly unknown[] => {
    const size = sizeOf(dims);
    return data.slice(row * size, (row + 1) * size);
  };
  const field = `${only!.field}.data (row ${row})`;
  switch (spec.kind) {
    case 'text': {
      const texts = elementsOf(only!);
      if (texts.length === 1) return parseInput(texts[0], spec, field);
      const got = `${texts.length} in a row`;
      throw invalidField({ field: `${only!.field}.shape`, expected: 'one text a row', got });
    }
    case 'image': {
      const values = elementsOf(only!);
      const isByte = only!.datatype === 'UINT8';
      return parseInput(isByte ? values.map((byte) => unitOf(byte, field)) : values, spec, field);
    }
    case 'tensor':
      return encodeTensors(
        spec.tensors.map((tensor, index) => {
          const given = tensors[index]!;
          const at = `${given.field}.data (row ${row})`;
          const fits =
            given.dims.length === tensor.shape.length &&
            tensor.shape.every((length, axis) => (length ?? given.dims[axis]) === given.dims[axis]);
          if (!fits) {
            const expected = `[-1, ${tensor.shape.map((length) => length ?? -1).join(', ')}]`;
            const got = `[${[given.rows, ...given.dims].join(', ')}]`;
            throw invalidField({ field: `${given.field}.shape`, expected, got });
          }
          const elements = elementsOf(given);
          const value = tensor.shape.length === 0 ? elements[0] : elements;
          return parseTensor(value, { ...tensor, shape: given.dims }, at);
        }),
        spec,
      );
  }
}

function unitOf(byte: unknown, field: string): number {
  if (typeof byte === 'number' && Number.isInteger(byte) && byte >= 0 && byte <= 255)
    return Math.fround(byte / 255);
  const expected = 'whole numbers from 0 to 255';
  throw invalidField({ field, expected, got: showValue(byte) });
}

/** The fields of an object, and nothing that every object has. */
function objectIn(value: unknown, field: string): Readonly<Record<string, unknown>> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value))
    return Object.assign(Object.create(null) as Record<string, unknown>, value);
  throw invalidField({ field, expected: 'an object', got: showValue(value) });
}

function listIn(value: unknown, field: string): readonly unknown[] {
  if (Array.isArray(value)) return value;
  throw invalidField({ field, expected: 'a list', got: showValue(value) });
}
