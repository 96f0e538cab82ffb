import type { LoadedModel } from '../../model/loaded-model.js';
import type { ContinuedTrainer } from './continued-trainer.js';
import type { PreparedRow, ShapeGroup } from './prepared-rows.js';
import { UntrainableStudentError } from './untrainable-student-error.js';

export interface ComparedGroup extends Pick<ShapeGroup, 'shape' | 'example'> {
  /** Of the same shape, as many as a batch has at most. */
  readonly others: readonly PreparedRow[];
}

/** Of a probability: rounding in another order moves it by far less. */
const tolerance = 1e-3;

/**
 * Holds the graph that is trained against the model that is served: what is trained must be what
 * will be served. Other rows than the example of a shape tell most: what is wrongly a constant of
 * the graph is right for the example, which it was measured on.
 *
 * @param groups  the example is compared by itself, the others together.
 * @throws {UntrainableStudentError} when the two give different probabilities.
 */
export async function requireSameScores(parts: {
  readonly served: Pick<LoadedModel, 'run'>;
  readonly trainer: Pick<ContinuedTrainer, 'score'>;
  readonly groups: readonly ComparedGroup[];
}): Promise<void> {
  const { served, trainer, groups } = parts;
  for (const { shape, example, others } of groups)
    for (const rows of others.length === 0 ? [[example]] : [[example], others]) {
      const expected = (await served.run(rows)).map(probabilitiesOf);
      const scores = await trainer.score({ shape, rows });
      const classCount = scores.length / rows.length;
      expected.forEach((own, row) => {
        const first = row * classCount;
        const got = probabilitiesOf(scores.subarray(first, first + classCount));
        requireSame(own, got);
      });
    }
}

function requireSame(expected: Float64Array, got: Float64Array): void {
  if (expected.every((p, label) => Math.abs(p - got[label]!) <= tolerance)) return;
  throw new UntrainableStudentError([
    `The student gives the probabilities ${words(expected)} as it is served, and ` +
      `${words(got)} as it would be trained: it can not be trained further. Please report it.`,
  ]);
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
