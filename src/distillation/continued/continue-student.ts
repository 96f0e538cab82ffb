import { loadModel, type LoadedModel } from '../../model/loaded-model.js';
import type { Bundle } from '../../registry/read-bundle.js';
import type { Input } from '../../task/task.js';
import type { DatasetRow } from '../dataset.js';
import type { TrainerStep } from '../embedded-trainer.js';
import type { Draw } from '../seeded-draw.js';
import { joinFloats } from '../join-floats.js';
import { targetsOf } from '../soft-targets.js';
import { studentLoss, validationRowsMin } from '../student-loss.js';
import { createBatches } from './batches.js';
import { chooseCompared } from './compared-rows.js';
import { openContinuedTrainer } from './continued-trainer.js';
import { eachShape, groupByShape, type PreparedRow, type ShapeGroup } from './prepared-rows.js';
import { requireSameScores } from './require-same-scores.js';
import { requireWeights } from './require-weights.js';
import { readSource } from './source-model.js';
import { trainAtRates } from './train-at-rates.js';
import { withWeights } from './with-weights.js';

export interface ContinueStudentOptions {
  readonly bundle: Bundle;
  readonly train: readonly DatasetRow[];
  /** Chooses the learning rate and stops the training early; none is allowed. */
  readonly validation: readonly DatasetRow[];
  readonly seed: number;
  /** Changes an input without changing its label; null changes none. */
  readonly augment: ((input: Input, draw: Draw) => Input) | null;
  /** Wall clock; training that takes longer is cut short. */
  readonly secondsMax: number;
  /** Milliseconds, from any moment on. */
  readonly now: () => number;
  readonly onStep: (step: TrainerStep) => void;
}

export interface ContinuedModel {
  /**
   * The model file with new weights, everything else in it as it was; the very bytes that came in
   * where no step was better on the validation rows.
   */
  readonly model: Uint8Array;
  /** Time ended the training: a faster machine might have made another student. */
  readonly isCut: boolean;
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
  const { bundle, train, validation, seed, augment, secondsMax, now, onStep } = options;
  const { manifest } = bundle;
  const source = readSource(bundle.model, loaded.plan.output.name);
  const classCount = manifest.labels.length;
  const prepare = (input: Input): PreparedRow => loaded.prepare(input);
  const groupsOf = (rows: readonly DatasetRow[]) =>
    groupByShape(
      prepare,
      rows.map(({ input }) => input),
    );
  const [learnt, held] = [groupsOf(train), groupsOf(validation)];
  if (learnt.length === 0) throw new RangeError('There are no rows to train on.');
  const groups = eachShape([...held, ...learnt]);
  const { dtypes } = loaded.plan.input;
  const sizes = { groups, batchRows: batchRowsOf(loaded, groups), dtypes };
  const { batchRows } = sizes;
  const { weights, note } = await requireWeights(source, sizes);
  const trainer = await openContinuedTrainer({
    student: {
      source,
      weights,
      form: { classCount, kind: manifest.output.kind, isBinary: loaded.plan.output.isBinary },
    },
    ...{ ...sizes, loss: studentLoss, weightDecay: 0.01 },
    theta: joinFloats(weights.map(({ data }) => data)),
  });
  try {
    const from = [
      { rows: train, groups: learnt },
      { rows: validation, groups: held },
    ];
    const compared = chooseCompared(groups, { from, prepare, batchRows });
    await requireSameScores({ served: loaded, trainer, groups: compared });
    const common = {
      batchRows,
      prepare,
      targets: (row: DatasetRow) => targetsOf(row, classCount, studentLoss),
    };
    const { theta, isCut } = await trainAtRates({
      trainer,
      train: createBatches({
        ...{ ...common, rows: train, groups: learnt },
        vary: augment === null ? null : (input, draw) => prepare(augment(input, draw)),
      }),
      validation:
        validation.length < validationRowsMin
          ? null
          : createBatches({ ...common, rows: validation, groups: held, vary: null }),
      ...{ seed, secondsMax, now, onStep },
    });
    const model = theta === null ? bundle.model : withWeights(source, weights, theta);
    return { model, isCut, note };
  } finally {
    await trainer.close();
  }
}

function batchRowsOf({ plan }: LoadedModel, groups: readonly ShapeGroup[]): number {
  const { fixedRows } = plan.input;
  if (fixedRows !== null) return fixedRows;
  const elements = groups.map(({ example }) =>
    example.reduce((sum, { data }) => sum + data.length, 0),
  );
  return Math.max(...elements) > largeRow.elements ? largeRow.batchRows : batchRowsMost;
}
