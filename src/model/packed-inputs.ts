import type { Input } from '../task/task.js';

/** Inputs on their way to a thread, in one buffer that is given away. */
export interface PackedInputs {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly lengths: readonly number[];
}

/** Typed arrays of any type can lie over an input that starts at a multiple of this, bytes. */
const alignment = 8;

/**
 * Copies inputs side by side. Sent as they are, each view would take the whole memory behind it
 * along: a page of rows from the log, or node's pool of small buffers.
 */
export function packInputs(inputs: readonly Input[]): PackedInputs {
  const lengths = inputs.map(({ byteLength }) => byteLength);
  const bytes = new Uint8Array(lengths.reduce((sum, length) => sum + aligned(length), 0));
  let offset = 0;
  for (const input of inputs) {
    bytes.set(input, offset);
    offset += aligned(input.byteLength);
  }
  return { bytes, lengths };
}

export function unpackInputs({ bytes, lengths }: PackedInputs): readonly Input[] {
  let offset = 0;
  return lengths.map((length) => {
    const input = bytes.subarray(offset, offset + length);
    offset += aligned(length);
    return input;
  });
}

const aligned = (length: number): number => Math.ceil(length / alignment) * alignment;
