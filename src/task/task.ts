/** An image input: one grey plane, row by row from the top left. */
export interface ImageInput {
  readonly kind: 'image';
  readonly width: number;
  readonly height: number;
  readonly channels: 1;
}

export type InputSpec = ImageInput;

/** What a task predicts: the shape of one input and the labels, fixed for its lifetime. */
export interface TaskSpec {
  readonly name: string;
  readonly title: string;
  readonly input: InputSpec;
  /** Class names in the order of the model outputs; unique. */
  readonly labels: readonly string[];
}

/** Number of float32 values in one preprocessed row. */
export function inputSizeOf(input: InputSpec): number {
  return input.width * input.height * input.channels;
}
