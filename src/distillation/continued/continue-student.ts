import type { TrainingJson } from '../../http/api-types-training.js';
import { loadModel, type LoadedModel } from '../../model/loaded-model.js';
import type { Bundle } from '../../registry/read-bundle.js';
import type { Input } from '../../task/task.js';
import type { DatasetRow } from '../dataset.js';
import { joinFloats } from '../join-floats.js';
import { weightsBy } from '../row-weighting.js';
import type { ModelTraining } from '../search/model-training.js';
import type { Draw } from '../seeded-draw.js';
import { studentLoss } from '../student-loss.js';
import { createBatches, keepPrepared } from './batches.js';
import { chooseCompared, type GroupedRows } from './compared-rows.js';
import type { ContinuedRecipe } from './continued-recipe.js';
import { openContinuedTrainer } from './continued-trainer.js';
import { lessonTargets } from './lesson-targets.js';
import { eachShape, groupByShape, type PreparedRow, type ShapeGroup } from './prepared-rows.js';
import { requireSameScores } from './require-same-scores.js';
import { requireWeights } from './require-weights.js';
import { searchContinued, type Lessons } from './search-continued.js';
import { readSource } from './source-model.js';
import { withWeights } from './with-weights.js';

export interface ContinueStudentOptions {
  readonly bundle: Bundle;
  /** Its validation rows choose the settings and stop the training early; none are allowed. */
  readonly training: ModelTraining;
  /** Changes an input without changing its label; null changes none. */
  readonly augment: ((input: Input, draw: Draw) => Input) | null;
}

export interface ContinuedModel {
  /**
   * The model file with new weights, everything else in it as it was; the very bytes that came in
   * where no step was better on the validation rows.
   */
  readonly model: Uint8Array;
  /** What was tried. */
  readonly training: TrainingJson;
  /** How many numbers learn, and which do not. */
  readonly note: string;
}

const batchRowsMost = 32;
/** Rows of more numbers, such as photographs, come in small batches: a step keeps all in memory. */
const largeRow = { elements: 20_000, batchRows: 8 } as const;

/**
 * Trains a student further that somebody has brought: its own graph, from its own weights. The same
 * arguments give the same student, as long as time does not cut it short.
 *
 * @throws {UntrainableStudentError} saying everything that stands against it.
 */
export async function continueStudent(options: ContinueStudentOptions): Promise<ContinuedModel> {
  const loaded = await loadModel({ ...options.bundle, provider: 'cpu' });
  try {
    return await continueLoaded(options, loaded);
  } finally {
    await loaded.close();
  }
}

async function continueLoaded(
  options: ContinueStudentOptions,
  loaded: LoadedModel,
): Promise<ContinuedModel> {
  const { bundle, training } = options;
  const { manifest } = bundle;
  const source = readSource(bundle.model, loaded.plan.output.name);
  const classCount = manifest.labels.length;
  const prepare = (input: Input): PreparedRow => loaded.prepare(input);
  const [learnt, held] = [
    groupRows(training.train, prepare),
    groupRows(training.validation, prepare),
  ];
  if (learnt.groups.length === 0) throw new RangeError('There are no rows to train on.');
  const groups = eachShape([...held.groups, ...learnt.groups]);
  const { dtypes } = loaded.plan.input;
  const sizes = { groups, batchRows: batchRowsOf(loaded, groups), dtypes };
  const { batchRows } = sizes;
  const { weights, note } = await requireWeights(source, sizes);
  const start = joinFloats(weights.map(({ data }) => data));
  const trainer = await openContinuedTrainer({
    student: {
      source,
      weights,
      form: { classCount, kind: manifest.output.kind, isBinary: loaded.plan.output.isBinary },
    },
    ...{ ...sizes, loss: studentLoss, weightDecay: 0.01 },
    theta: start,
  });
  try {
    const compared = chooseCompared(groups, { from: [learnt, held], prepare, batchRows });
    await requireSameScores({ served: loaded, trainer, groups: compared });
    const found = await searchContinued({
      ...{ trainer, classCount },
      training: { ...training, validation: inOrder(held) },
      lessonsOf: lessonsMaker(options, { learnt, held, batchRows, prepare }),
    });
    const isMoved = found.theta.some((weight, index) => weight !== start[index]);
    const model = isMoved ? withWeights(source, weights, found.theta) : bundle.model;
    return { model, training: found.training, note };
  } finally {
    await trainer.close();
  }
}

const groupRows = (
  rows: readonly DatasetRow[],
  prepare: (input: Input) => PreparedRow,
): GroupedRows => ({
  rows,
  groups: groupByShape(
    prepare,
    rows.map(({ input }) => input),
  ),
});

/** Rows that can be prepared, as `Batches.inOrder` gives them. */
const inOrder = ({ rows, groups }: GroupedRows): readonly DatasetRow[] =>
  groups.flatMap(({ rows: own }) => own.map((index) => rows[index]!));

function lessonsMaker(
  { bundle, augment }: ContinueStudentOptions,
  about: {
    readonly learnt: GroupedRows;
    readonly held: GroupedRows;
    readonly batchRows: number;
    readonly prepare: (input: Input) => PreparedRow;
  },
): (recipe: ContinuedRecipe) => Lessons {
  const { learnt, held, batchRows, prepare } = about;
  const classCount = bundle.manifest.labels.length;
  const [prepared, preparedHeld] = [learnt, held].map(({ rows }) => keepPrepared(rows, prepare));
  return ({ loss, weighting }) => {
    const losses = { wanted: loss, built: studentLoss };
    const targets = (row: DatasetRow) => lessonTargets(row, classCount, losses);
    const vary = (input: Input, draw: Draw): PreparedRow => prepare(augment!(input, draw));
    return {
      train: createBatches({
        ...{ ...learnt, batchRows, targets, prepared: prepared! },
        weights: weightsBy(weighting, learnt.rows),
        vary: augment === null ? null : vary,
      }),
      validation: createBatches({
        ...{ ...held, batchRows, targets, prepared: preparedHeld!, weights: null, vary: null },
      }),
    };
  };
}

function batchRowsOf({ plan }: LoadedModel, groups: readonly ShapeGroup[]): number {
  const { fixedRows } = plan.input;
  if (fixedRows !== null) return fixedRows;
  const elements = groups.map(({ example }) =>
    example.reduce((sum, { data }) => sum + data.length, 0),
  );
  return Math.max(...elements) > largeRow.elements ? largeRow.batchRows : batchRowsMost;
}
