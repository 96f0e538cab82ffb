import type { TaskSpec } from '../../task/task.js';
import { parameterCountOf } from '../architecture.js';
import type { Snapshot } from '../dataset.js';
import type { ModelTraining, TrainedModel } from '../search/model-training.js';
import type { StudentModel } from '../student-model.js';
import type { TrainOptions } from '../train-bundle.js';
import { withHead } from '../vectors/head-model.js';
import { trainVectors } from '../vectors/train-vectors.js';
import { headRecipes } from '../vectors/vector-recipe.js';
import { openEncoder, type OpenEncoder } from './open-encoder.js';
import { readEncoder, type Encoder } from './read-encoder.js';

type Rows = Pick<Snapshot, 'train' | 'validation'>;
type Tell = TrainOptions['onProgress'];
/** The part of the way that embedding counts as; how fast an encoder is nobody knows before. */
const embeddingShare = 0.5;
/** Steps of progress that embedding tells. */
const reportsMax = 50;

/**
 * Trains a new head on a frozen encoder: embeds the rows, each once, and trains layers on that.
 *
 * @returns one model: the encoder, its pooling, and the head.
 * @throws {InvalidBundleError} when the encoder can not be used; says why.
 */
export async function trainEncoderHead(
  task: TaskSpec,
  encoderDir: string,
  parts: Rows & {
    readonly trainingOf: (tell: Tell) => ModelTraining;
    readonly onProgress: Tell;
  },
): Promise<TrainedModel> {
  const encoder = await readEncoder(encoderDir, task.input);
  const open = await openEncoder(encoder, task.input);
  try {
    const inputs = [...parts.train, ...parts.validation].map(({ input }) => input);
    const tellRow = embeddingReporter(inputs.length, parts.onProgress);
    const embeddings = await open.embed(inputs, tellRow);
    const tell: Tell = ({ share, ...rest }) =>
      parts.onProgress({ ...rest, share: embeddingShare + (1 - embeddingShare) * share });
    const trained = await trainVectors(parts.trainingOf(tell), {
      classCount: task.labels.length,
      vectorOf: (input) => embeddings.get(input)!,
      recipes: headRecipes,
    });
    const model = modelOf(encoder, open, withHead(open.model, open.embedding, trained));
    const { architecture } = trained.network;
    return {
      model: {
        ...model,
        parameters: model.parameters + parameterCountOf(architecture),
        description: `${encoder.name} (frozen), ${architecture.description}`,
      },
      training: trained.training,
    };
  } finally {
    await open.close();
  }
}

function modelOf(
  { preprocess, files, inputName, model }: Encoder,
  { width }: OpenEncoder,
  joined: ReturnType<typeof withHead>,
): Omit<StudentModel, 'description'> {
  const sizes = model.graph!.initializer.map(({ dims }) =>
    dims.reduce((size, length) => size * Number(length), 1),
  );
  return {
    ...{ ...joined, inputName, preprocess, files },
    parameters: sizes.reduce((sum, size) => sum + size, 2 * width), // Means and scales too.
    multiplyAdds: null,
  };
}

function embeddingReporter(rows: number, tell: Tell): (done: number) => void {
  const startedMs = performance.now();
  const every = Math.ceil(rows / reportsMax);
  return (done) => {
    if (done % every !== 0 && done !== rows) return;
    const ms = performance.now() - startedMs;
    const rate = Math.round((1000 * done) / ms);
    tell({
      share: (embeddingShare * done) / rows,
      message: `Embedding row ${done} of ${rows}, ${rate} a second`,
      remainingMs: Math.round((ms * (rows - done)) / done),
    });
  };
}
