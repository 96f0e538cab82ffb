import type { Dtype } from './dtype.js';

/** An image input: `channels` planes (1 grey, 3 red-green-blue), row by row from the top left. */
export interface ImageInput {
  readonly kind: 'image';
  readonly width: number;
  readonly height: number;
  readonly channels: 1 | 3;
}

/** A text input, at most `charsMax` UTF-16 units long. */
export interface TextInput {
  readonly kind: 'text';
  readonly charsMax: number;
}

/** One named tensor of an input, without the batch. */
export interface TensorSpec {
  readonly name: string;
  readonly dtype: Dtype;
  /** Length of each axis; null where it may differ from input to input. [] is one number. */
  readonly shape: readonly (number | null)[];
}

/** An input of raw tensors, which go into the models as they are. */
export interface TensorInput {
  readonly kind: 'tensor';
  /** At least one; names are unique. */
  readonly tensors: readonly TensorSpec[];
}

export type InputSpec = ImageInput | TextInput | TensorInput;

/**
 * One input as the gateway keeps it, before any model's own preprocessing. Equal inputs have equal
 * bytes, so their hash decides the holdout draw, and the capture log keeps them as they are.
 *
 * - image: as `image-codec.ts` writes it, 8 bits or float32 a value;
 * - text: UTF-8;
 * - tensor: as `tensor-codec.ts` writes it.
 */
export type Input = Uint8Array;

/** What a task predicts: the shape of one input and the labels, fixed for its lifetime. */
export interface TaskSpec {
  readonly name: string;
  readonly title: string;
  readonly input: InputSpec;
  /** Class names in the order of the model outputs; unique. */
  readonly labels: readonly string[];
}

/** Number of float32 values in one image. */
export function imageSizeOf(input: ImageInput): number {
  return input.width * input.height * input.channels;
}
