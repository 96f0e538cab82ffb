import { InvalidInputError } from '../errors.js';
import { bytesOfBase64 } from '../task/base64.js';
import { encodeImage } from '../task/image-codec.js';
import { imageSizeOf, type ImageInput, type Input } from '../task/task.js';
import { invalidField } from '../task/invalid-field.js';
import { countOf, showValue } from '../task/show-value.js';

/**
 * Reads one image of a request body.
 *
 * @param value  numbers in [0, 1], flat or nested by rows, or base64 of 8 bits a channel; row by
 *               row from the top left. With three channels a pixel is red, green, blue: a list of
 *               three in nested rows, three in a row otherwise.
 * @param field  where it stands in the body, for messages.
 * @returns      its canonical bytes, see `image-codec.ts`.
 * @throws {InvalidInputError} saying what was expected, what was got and what to change.
 */
export function parseImage(value: unknown, input: ImageInput, field: string): Input {
  if (typeof value === 'string') return fromBase64(value, input, field);
  if (!Array.isArray(value)) throw wrongShape(value, input, field);
  const isNested = Array.isArray(value[0]);
  return encodeImage(isNested ? fromRows(value, input, field) : fromNumbers(value, input, field));
}

function fromBase64(text: string, input: ImageInput, field: string): Input {
  const size = imageSizeOf(input);
  const bytes = bytesOfBase64(text);
  if (bytes?.byteLength === size) return bytes;
  const got =
    bytes === null ? 'text that is not base64' : `base64 of ${countOf(bytes.byteLength, 'byte')}`;
  throw invalidField({ field, expected: expectation(input), got }, fileHint(text));
}

/** What the files of pictures start with: PNG, JPEG, GIF, WebP, BMP. */
const fileStart = /^(?:\x89PNG|\xff\xd8\xff|GIF8|RIFF....WEBP|BM)/s;

const fileHint = (text: string): string =>
  fileStart.test(Buffer.from(text.slice(0, 32), 'base64').toString('latin1'))
    ? ' It looks like the file of a picture: decode it first, and send its pixels.'
    : '';

function fromRows(rows: readonly unknown[], input: ImageInput, field: string): Float32Array {
  const { width, height, channels } = input;
  if (rows.length !== height) throw wrongShape(rows, input, field);
  const image = new Float32Array(imageSizeOf(input));
  rows.forEach((row, y) => {
    const rowField = `${field}[${y}]`;
    const what = channels === 1 ? 'number' : 'pixel';
    if (!Array.isArray(row) || row.length !== width) {
      const got = Array.isArray(row) ? countOf(row.length, what) : showValue(row);
      throw invalidField({ field: rowField, expected: rowExpectation(input), got });
    }
    const offset = y * width * channels;
    if (channels === 1) copyNumbers(row, image, { offset, field: rowField });
    else copyPixels(row, image, { offset, field: rowField });
  });
  return image;
}

interface Place {
  readonly offset: number;
  readonly field: string;
}

function copyPixels(row: readonly unknown[], image: Float32Array, { offset, field }: Place): void {
  for (let x = 0; x < row.length; x++) {
    const pixel = row[x];
    const pixelField = `${field}[${x}]`;
    if (!Array.isArray(pixel) || pixel.length !== 3) {
      const got = Array.isArray(pixel) ? countOf(pixel.length, 'number') : showValue(pixel);
      throw invalidField({ field: pixelField, expected: 'red, green and blue in [0, 1]', got });
    }
    copyNumbers(pixel, image, { offset: offset + x * 3, field: pixelField });
  }
}

function fromNumbers(numbers: readonly unknown[], input: ImageInput, field: string): Float32Array {
  if (numbers.length !== imageSizeOf(input)) throw wrongShape(numbers, input, field);
  const image = new Float32Array(numbers.length);
  copyNumbers(numbers, image, { offset: 0, field });
  return image;
}

function copyNumbers(
  numbers: readonly unknown[],
  image: Float32Array,
  { offset, field }: Place,
): void {
  for (let k = 0; k < numbers.length; k++) {
    const number = numbers[k];
    if (typeof number === 'number' && number >= 0 && number <= 1)
      image[offset + k] = number + 0; // Not -0: equal images have equal bytes, hence one draw.
    else throw notInRange(number, `${field}[${k}]`);
  }
}

function notInRange(number: unknown, field: string): InvalidInputError {
  const isByte = typeof number === 'number' && number > 1 && number <= 255;
  const hint = isByte ? ' Divide 8-bit values by 255, or send them as base64.' : '';
  const got = number === null ? 'null (JSON has no NaN or infinity)' : showValue(number);
  return invalidField({ field, expected: 'a number in [0, 1]', got }, hint);
}

function wrongShape(value: unknown, input: ImageInput, field: string): InvalidInputError {
  return invalidField({ field, expected: expectation(input), got: sizeOf(value) });
}

function sizeOf(value: unknown): string {
  if (!Array.isArray(value) || value.length === 0) return showValue(value);
  return countOf(value.length, Array.isArray(value[0]) ? 'row' : 'number');
}

const expectation = (input: ImageInput): string =>
  input.channels === 1
    ? `${input.width}x${input.height} numbers in [0, 1] (flat or by rows) or base64 of ` +
      `${imageSizeOf(input)} bytes of 8-bit grey`
    : `${input.width}x${input.height} pixels of red, green and blue in [0, 1] ` +
      `(${imageSizeOf(input)} numbers, or nested by rows and pixels) or base64 of ` +
      `${imageSizeOf(input)} bytes of 8-bit RGB`;

const rowExpectation = ({ width, channels }: ImageInput): string =>
  channels === 1 ? `a row of ${width} numbers in [0, 1]` : `a row of ${width} pixels`;
