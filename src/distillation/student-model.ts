import type { PreprocessSpec } from '../preprocess/preprocess-spec.js';
import { imageSizeOf, type ImageInput } from '../task/task.js';
import { parameterCountOf } from './architecture.js';
import type { TrainedStudent } from './embedded-trainer.js';
import {
  noveltyFeatureCount,
  noveltyFeatures,
  noveltyMultiplyAdds,
} from './novelty/novelty-features.js';
import type { PrincipalPlane } from './novelty/principal-plane.js';
import { pooledInside, poolingWords, type ImagePooling } from './pool-image.js';
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

/** What belongs to a model of images beside its network. */
export interface ImageModelParts {
  /** What the network sees of an image; null: all of it. */
  readonly pooling: ImagePooling | null;
  /** Where what it saw of the training rows lies; null: novelty is not watched. */
  readonly plane: PrincipalPlane | null;
}

export function imageModel(
  { architecture, theta }: TrainedStudent,
  input: ImageInput,
  { pooling, plane }: ImageModelParts = { pooling: null, plane: null },
): StudentModel {
  const inputSize = imageSizeOf(input);
  return {
    onnx: buildModelGraph(architecture, {
      ...{ inputSize, theta },
      ...(pooling === null ? {} : { see: (graph, x) => pooledInside(graph, x, pooling) }),
      novelty: plane && ((graph, at) => noveltyFeatures(graph, at, plane)),
    }),
    inputName: modelTensors.input,
    preprocess: asTheyAre(input),
    novelty: plane && { outputName: modelTensors.novelty, features: noveltyFeatureCount },
    parameters: parameterCountOf(architecture),
    multiplyAdds: architecture.multiplyAdds + (plane === null ? 0 : noveltyMultiplyAdds(plane)),
    description: `${architecture.description}${pooling === null ? '' : poolingWords(pooling)}`,
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
