import { Feeder } from '../../model/feeder.js';
import type { ContinuedTrainerOptions } from './continued-trainer.js';
import { dependentsOf } from './dependents.js';
import { findWeights, type SourceWeight } from './find-weights.js';
import { hasImporter } from './import-model.js';
import { linearClassifier, oneRow } from './linear-classifier.js';
import { notCovered } from './not-covered.js';
import { learningWords } from './learning-words.js';
import type { SourceModel, SourceNode } from './source-model.js';
import { takeBranches } from './take-branches.js';
import { UntrainableStudentError } from './untrainable-student-error.js';

/**
 * Finds the weights of a model: those of the branches, too, that rows of any of the given sizes
 * take.
 *
 * @returns at least one, in the order of the file; and what is to be said of them.
 * @throws {UntrainableStudentError} when there are none.
 */
export async function requireWeights(
  source: SourceModel,
  about: Pick<ContinuedTrainerOptions, 'dtypes' | 'groups' | 'batchRows'>,
): Promise<{ readonly weights: readonly SourceWeight[]; readonly note: string }> {
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
  // What a branch keeps to itself can not be written back.
  const weights = [...source.initializers.keys()].flatMap((name) => found.get(name) ?? []);
  if (weights.length === 0) throw noWeights([...taken, source]);
  return { weights, note: learningWords(taken, weights) };
}

/** They compute in 8 bits, or bring weights back from there. */
const quantised = /Quantize|Integer|QLinear|QGemm|QAttention/;

function noWeights(taken: Iterable<SourceModel>): UntrainableStudentError {
  for (const source of taken) {
    const unread = source.nodes.filter(isUnread);
    const unknown = unread.length > 0 ? unread : unknownNodes(source);
    if (unknown.some(({ op }) => quantised.test(op))) break;
    if (unknown.length > 0)
      return notCovered(
        source,
        unknown.map((node) => `${node.op} (${node.name}${isUnread(node) ? `: ${oneRow}` : ''})`),
      );
  }
  return new UntrainableStudentError([
    'The student has no float32 weights on the way to its scores: bring it in float32, and not ' +
      'quantised.',
  ]);
}

/** The weights may be in there. */
function unknownNodes(source: SourceModel): readonly SourceNode[] {
  const changing = dependentsOf(source, source.inputs);
  return source.nodes.filter(
    ({ op, outputs }) => !hasImporter(op) && outputs.some((name) => changing.has(name)),
  );
}

/** Its weights are in its attributes, in a form that is not read. */
const isUnread = ({ op, inputs }: SourceNode): boolean =>
  op === linearClassifier && inputs.length === 1;
