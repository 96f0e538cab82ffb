import { Feeder } from '../../model/feeder.js';
import type { ContinuedTrainerOptions } from './continued-trainer.js';
import { dependentsOf } from './dependents.js';
import { findWeights, type SourceWeight } from './find-weights.js';
import { notCovered } from './not-covered.js';
import type { SourceModel, SourceNode } from './source-model.js';
import { takeBranches } from './take-branches.js';
import { UntrainableStudentError } from './untrainable-student-error.js';

/**
 * Finds the weights of a model: those of the branches, too, that rows of any of the given sizes
 * take.
 *
 * @returns at least one, in the order of the file.
 * @throws {UntrainableStudentError} when there are none.
 */
export async function requireWeights(
  source: SourceModel,
  about: Pick<ContinuedTrainerOptions, 'dtypes' | 'groups' | 'batchRows'>,
): Promise<readonly SourceWeight[]> {
  const feeder = new Feeder(about.dtypes);
  /** Without branches all are one. */
  const taken = new Set<SourceModel>();
  for (const { example } of about.groups) {
    const { tensors, release } = feeder.feed([example], about.batchRows);
    taken.add(await takeBranches(source, { tensors }));
    release();
  }
  const found = new Map<string, SourceWeight>();
  for (const own of taken) for (const weight of findWeights(own)) found.set(weight.name, weight);
  if (found.size === 0) throw noWeights(taken);
  return [...source.initializers.keys()].flatMap((name) => found.get(name) ?? []);
}

function noWeights(taken: Iterable<SourceModel>): UntrainableStudentError {
  for (const source of taken) {
    const bodies = withBodies(source);
    if (bodies.length > 0)
      return notCovered(
        source,
        bodies.map(({ op, name }) => `${op} (${name})`),
      );
  }
  return new UntrainableStudentError([
    'The student has no float32 weights on the way to its scores: bring it in float32, and not ' +
      'quantised.',
  ]);
}

/** The weights may be in there. */
function withBodies(source: SourceModel): readonly SourceNode[] {
  const changing = dependentsOf(source, source.inputs);
  return source.nodes.filter(
    ({ hasBody, outputs }) => hasBody && outputs.some((name) => changing.has(name)),
  );
}
