import { loadModel, type LoadedModel } from '../model/loaded-model.js';
import { readBundle, type Bundle } from '../registry/read-bundle.js';
import { recordedAnswersOf } from '../student/recorded-answers.js';
import { exampleInputs } from '../task/example-input.js';
import type { Input } from '../task/task.js';
import { openContinuedTrainer } from './continued/continued-trainer.js';
import { isBrought } from './continued/is-brought.js';
import { groupByShape } from './continued/prepared-rows.js';
import { requireSameScores } from './continued/require-same-scores.js';
import { requireWeights } from './continued/require-weights.js';
import { readSource } from './continued/source-model.js';
import { UntrainableStudentError } from './continued/untrainable-student-error.js';
import { joinFloats } from './join-floats.js';
import { studentLoss } from './student-loss.js';

/** What a training graph is tried with: rows of so many sizes, two of each. */
const tried = { inputs: 8, sizes: 2, batchRows: 2 } as const;
/** Trying takes ten times the model's bytes of memory, and 90 ms of a core a megabyte. */
const triedBytesMax = 128 * 1024 * 1024;

/**
 * Says of a bundle that can be served whether a run can train its student further: how many numbers
 * learn, or everything that stands against it. Builds the graphs that a run would, for few rows.
 */
export async function trainableWords(dir: string): Promise<string> {
  const bundle = await readBundle(dir);
  const { compression } = bundle.manifest;
  if (compression) return `runs train ${compression.of}, whose weights it has in 8 bits`;
  if (!isBrought(bundle.manifest)) return 'the embedded trainer has made it: runs make new ones';
  if (bundle.model.byteLength > triedBytesMax)
    return 'whether a run can train it further is not tried of so large a model: a run will say';
  try {
    return `a run can train it further: ${withoutStop(await tryTraining(bundle))}`;
  } catch (error) {
    if (!(error instanceof UntrainableStudentError))
      return `a run would fail to train it further: ${(error as Error).message}`;
    return `no run can train it further: ${withoutStop(error.reasons.map(shortened).join(' '))}`;
  }
}

/** @returns how many of its numbers learn. @throws {UntrainableStudentError} when none can. */
async function tryTraining(bundle: Bundle): Promise<string> {
  const loaded = await loadModel({ ...bundle, provider: 'cpu' });
  try {
    return await tryTrainingOf(loaded, bundle);
  } finally {
    await loaded.close();
  }
}

async function tryTrainingOf(loaded: LoadedModel, bundle: Bundle): Promise<string> {
  const { manifest, model } = bundle;
  const { input, output } = loaded.plan;
  const prepare = (one: Input) => loaded.prepare(one);
  const inputs = inputsOf(bundle);
  const groups = groupByShape(prepare, inputs).slice(0, tried.sizes);
  const batchRows = input.fixedRows ?? tried.batchRows;
  const sizes = { groups, batchRows, dtypes: input.dtypes };
  const source = readSource(model, output.name);
  const { weights, note } = await requireWeights(source, sizes);
  const classCount = manifest.labels.length;
  const trainer = await openContinuedTrainer({
    ...{ ...sizes, loss: studentLoss, weightDecay: 0 },
    student: {
      ...{ source, weights },
      form: { classCount, kind: manifest.output.kind, isBinary: output.isBinary },
    },
    theta: joinFloats(weights.map(({ data }) => data)),
  });
  try {
    const compared = groups.map(({ rows, ...group }) => ({
      ...group,
      others: rows.slice(1, 1 + batchRows).map((row) => prepare(inputs[row]!)),
    }));
    await requireSameScores({ served: loaded, trainer, groups: compared });
    return note;
  } finally {
    await trainer.close();
  }
}

function inputsOf(bundle: Bundle): readonly Input[] {
  const recorded = recordedAnswersOf(bundle).slice(0, tried.inputs);
  if (recorded.length > 0) return recorded.map(({ input }) => input);
  return exampleInputs(bundle.manifest.input, tried.inputs);
}

const shortened = (reason: string): string =>
  reason.replace(/^The student can not be trained further: /, '');
const withoutStop = (sentence: string): string => sentence.replace(/\.$/, '');
