import type { LoadedModel } from '../../model/loaded-model.js';
import type { ContinuedTrainer } from './continued-trainer.js';
import type { ShapeGroup } from './prepared-rows.js';
import { UntrainableStudentError } from './untrainable-student-error.js';

/** Of a probability: rounding in another order moves it by far less. */
const tolerance = 1e-3;

/**
 * Holds the graph that is trained against the model that is served: what is trained must be what
 * will be served.
 *
 * @throws {UntrainableStudentError} when the two give different probabilities.
 */
export async function requireSameScores(parts: {
  readonly served: Pick<LoadedModel, 'run'>;
  readonly trainer: Pick<ContinuedTrainer, 'score'>;
  readonly groups: readonly Pick<ShapeGroup, 'shape' | 'example'>[];
}): Promise<void> {
  const { served, trainer, groups } = parts;
  for (const { shape, example } of groups) {
    const expected = probabilitiesOf((await served.run([example]))[0]!);
    const got = probabilitiesOf(await trainer.score({ shape, rows: [example] }));
    const isSame = expected.every((p, label) => Math.abs(p - got[label]!) <= tolerance);
    if (!isSame)
      throw new UntrainableStudentError([
        `The student gives the probabilities ${words(expected)} as it is served, and ` +
          `${words(got)} as it would be trained: it can not be trained further. Please report it.`,
      ]);
  }
}

function probabilitiesOf(logits: Float32Array): Float64Array {
  const most = Math.max(...logits);
  const powers = Float64Array.from(logits, (logit) => Math.exp(logit - most));
  const total = powers.reduce((sum, power) => sum + power, 0);
  return powers.map((power) => power / total);
}

const words = (probabilities: Float64Array): string =>
  `[${Array.from(probabilities.slice(0, 5), (p) => p.toPrecision(4)).join(', ')}` +
  (probabilities.length > 5 ? ', ...]' : ']');
