import type { PreprocessSpec } from '../preprocess/preprocess-spec.js';
import { imageSizeOf, type ImageInput } from '../task/task.js';
import { parameterCountOf, type Architecture } from './architecture.js';
import { afterPooling, type ImagePooling } from './pool-image.js';
import { buildModelGraph, modelTensors } from './training-graph.js';

/** A trained model as a bundle holds it, whatever trained it. */
export interface StudentModel {
  readonly onnx: Uint8Array;
  /** The input that an image goes into; null where preprocessing names the inputs. */
  readonly inputName: string | null;
  /** The output with the logits; absent: `modelTensors.output`. */
  readonly outputName?: string;
  readonly preprocess: PreprocessSpec;
  /** What preprocessing reads, by its name in the bundle; absent: nothing. */
  readonly files?: ReadonlyMap<string, Uint8Array>;
  /** The output with the features of novelty, [batch, features]; null: it has none. */
  readonly novelty: { readonly outputName: string; readonly features: number } | null;
  readonly parameters: number;
  /** Multiply-adds of one row's forward pass; null where nobody has counted. */
  readonly multiplyAdds: number | null;
  /** One line for people, for example `MLP 784-64-10`. */
  readonly description: string;
}

/**
 * @param theta    [parameters] float32.
 * @param pooling  what the network sees of an image; null: all of it.
 */
export function imageModel(
  {
    architecture: network,
    theta,
  }: { readonly architecture: Architecture; readonly theta: Float32Array },
  input: ImageInput,
  pooling: ImagePooling | null = null,
): StudentModel {
  const architecture = pooling === null ? network : afterPooling(network, pooling);
  return {
    onnx: buildModelGraph(architecture, imageSizeOf(input), theta),
    inputName: modelTensors.input,
    preprocess: asTheyAre(input),
    novelty: null,
    parameters: parameterCountOf(architecture),
    multiplyAdds: architecture.multiplyAdds,
    description: architecture.description,
  };
}

/** Students that are made here take the pixels as they come. */
const asTheyAre = ({ width, height, channels }: ImageInput): PreprocessSpec => ({
  kind: 'image',
  width,
  height,
  resize: 'bilinear',
  layout: 'flat',
  channelOrder: 'rgb',
  scale: 1,
  mean: Array<number>(channels).fill(0),
  std: Array<number>(channels).fill(1),
});
