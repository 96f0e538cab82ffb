import { InvalidConfigError } from '../errors.js';
import {
  imageSizeOf,
  type ImageInput,
  type InputSpec,
  type TensorInput,
  type TensorSpec,
} from './task.js';
import { sizeOf } from './tensor-codec.js';

/** Inputs that a table may hold element by element. */
export type ElementsInput = TensorInput | ImageInput;

export const hasElements = (input: InputSpec): input is ElementsInput => input.kind !== 'text';

/**
 * Finds the columns of a table whose cells are the elements of a task's input: of an image or a
 * single tensor as many as it has elements, in their order; of several tensors, one for each, by
 * its name.
 *
 * @param there  columns that may be part of the input, in the order of the file.
 * @returns      null where they do not go with the input.
 */
export function elementColumns(
  there: readonly string[],
  input: ElementsInput,
): readonly string[] | null {
  if (input.kind === 'image') return imageSizeOf(input) === there.length ? there : null;
  const { tensors } = input;
  const isEach = tensors.every(
    ({ name, shape }) => there.includes(name) && elementsOf(shape) === 1,
  );
  if (isEach) return tensors.map(({ name }) => name);
  const [only] = tensors as [TensorSpec];
  const isWhole = only.dtype !== 'string' && elementsOf(only.shape) === there.length;
  return isWhole && tensors.length === 1 ? there : null;
}

/** Named ones: of a tensor of one open axis they may be any number. */
function goWith(columns: readonly string[], input: ElementsInput): boolean {
  if (input.kind === 'image') return imageSizeOf(input) === columns.length;
  const { tensors } = input;
  if (tensors.length > 1)
    return (
      tensors.length === columns.length && tensors.every(({ shape }) => elementsOf(shape) === 1)
    );
  const [only] = tensors as [TensorSpec];
  const isOfStrings = only.dtype === 'string' && columns.length > 1;
  return !isOfStrings && (isOneOpenAxis(only) || elementsOf(only.shape) === columns.length);
}

/** For people: which columns such an input can be made of. */
export function elementColumnsWords(input: ElementsInput): string {
  if (input.kind === 'image') return `${imageSizeOf(input)} columns of the pixels, in their order`;
  const { tensors } = input;
  if (tensors.length > 1)
    return `a column for each of ${tensors.map(({ name }) => name).join(', ')}`;
  const [{ name, shape }] = tensors as [TensorSpec];
  const count = isOneOpenAxis({ shape }) ? 'a column' : `${elementsOf(shape)} columns`;
  return `${count} of the elements of ${name}, in their order`;
}

/** @throws {InvalidConfigError} when columns that are named are not as many as the elements. */
export function requireElements(columns: readonly string[], input: ElementsInput): void {
  if (goWith(columns, input)) return;
  throw new InvalidConfigError(
    `${columns.length} columns are named for the input, which is made of ` +
      `${elementColumnsWords(input)}.`,
  );
}

const elementsOf = (shape: TensorSpec['shape']): number | null =>
  shape.includes(null) ? null : sizeOf(shape as readonly number[]);
const isOneOpenAxis = ({ shape }: Pick<TensorSpec, 'shape'>): boolean =>
  shape.length === 1 && shape[0] === null;
