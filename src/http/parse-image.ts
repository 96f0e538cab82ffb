import { InvalidInputError } from '../errors.js';
import { inputSizeOf, type ImageInput } from '../task/task.js';

/**
 * Reads one image of a request body.
 *
 * @param value  numbers in [0, 1], flat or nested by rows, or base64 of 8-bit grey; row by row from
 *               the top left.
 * @param field  where it stands in the body, for messages.
 * @returns      [height * width] float32 in [0, 1].
 * @throws {InvalidInputError} saying what was expected, what was got and what to change.
 */
export function parseImage(value: unknown, input: ImageInput, field: string): Float32Array {
  if (typeof value === 'string') return fromBase64(value, input, field);
  if (!Array.isArray(value)) throw wrongShape(value, input, field);
  const isNested = Array.isArray(value[0]);
  return isNested ? fromRows(value, input, field) : fromNumbers(value, input, field);
}

function fromBase64(text: string, input: ImageInput, field: string): Float32Array {
  const size = inputSizeOf(input);
  const bytes = Buffer.from(text, 'base64');
  // Buffer.from skips what is not base64, so a typo would become another image.
  const isExact = bytes.toString('base64').replace(/=+$/, '') === text.replace(/=+$/, '');
  if (!isExact || bytes.byteLength !== size) {
    const got = isExact ? `base64 of ${bytes.byteLength} bytes` : 'text that is not base64';
    throw invalid(field, expectation(input), got);
  }
  const image = new Float32Array(size);
  for (let k = 0; k < size; k++) image[k] = bytes[k]! / 255;
  return image;
}

function fromRows(rows: readonly unknown[], input: ImageInput, field: string): Float32Array {
  const { width, height } = input;
  if (rows.length !== height) throw wrongShape(rows, input, field);
  const image = new Float32Array(inputSizeOf(input));
  rows.forEach((row, y) => {
    if (!Array.isArray(row) || row.length !== width) {
      const got = Array.isArray(row) ? `${row.length} numbers` : kindOf(row);
      throw invalid(`${field}[${y}]`, `a row of ${width} numbers in [0, 1]`, got);
    }
    copyNumbers(row, image, { offset: y * width, field: `${field}[${y}]` });
  });
  return image;
}

function fromNumbers(numbers: readonly unknown[], input: ImageInput, field: string): Float32Array {
  if (numbers.length !== inputSizeOf(input)) throw wrongShape(numbers, input, field);
  const image = new Float32Array(numbers.length);
  copyNumbers(numbers, image, { offset: 0, field });
  return image;
}

function copyNumbers(
  numbers: readonly unknown[],
  image: Float32Array,
  { offset, field }: { offset: number; field: string },
): void {
  for (let k = 0; k < numbers.length; k++) {
    const number = numbers[k];
    if (typeof number === 'number' && number >= 0 && number <= 1) image[offset + k] = number;
    else throw notInRange(number, `${field}[${k}]`);
  }
}

function notInRange(number: unknown, field: string): InvalidInputError {
  const isByte = typeof number === 'number' && number > 1 && number <= 255;
  const hint = isByte ? ' Divide 8-bit values by 255, or send them as base64.' : '';
  const got =
    number === null ? 'null (JSON has no NaN or infinity)' : shortened(JSON.stringify(number));
  return invalid(field, 'a number in [0, 1]', got, hint);
}

function wrongShape(value: unknown, input: ImageInput, field: string): InvalidInputError {
  const got = Array.isArray(value) ? `${value.length} ${kindOf(value[0])}s` : kindOf(value);
  return invalid(field, expectation(input), got);
}

const expectation = (input: ImageInput): string =>
  `${input.width}x${input.height} numbers in [0, 1] (flat or by rows) or base64 of ` +
  `${inputSizeOf(input)} bytes of 8-bit grey`;

function invalid(field: string, expected: string, got: string, hint = ''): InvalidInputError {
  const message = `${field} must be ${expected}, got ${got}.${hint}`;
  return new InvalidInputError(message, { field, expected, got });
}

function kindOf(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  return Array.isArray(value) ? 'array' : typeof value;
}

const shortened = (text: string): string => (text.length > 40 ? `${text.slice(0, 40)}...` : text);
