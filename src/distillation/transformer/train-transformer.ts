import type { RowTensor } from '../../preprocess/preprocessor.js';
import type { Input } from '../../task/task.js';
import { weightsBy } from '../row-weighting.js';
import { createBatches, type Batches } from '../continued/batches.js';
import { openContinuedTrainer, type ContinuedTrainer } from '../continued/continued-trainer.js';
import { findWeights, type SourceWeight } from '../continued/find-weights.js';
import { lossOver } from '../continued/loss-over.js';
import {
  eachShape,
  groupByShape,
  type PreparedRow,
  type ShapeGroup,
} from '../continued/prepared-rows.js';
import { readSource } from '../continued/source-model.js';
import { withWeights } from '../continued/with-weights.js';
import type { DatasetRow } from '../dataset.js';
import type { TrainerStep } from '../embedded-trainer.js';
import { createNormalDraw, createSeededDraw, type Draw } from '../seeded-draw.js';
import { joinFloats } from '../join-floats.js';
import { targetsOf } from '../soft-targets.js';
import { validationRowsMin } from '../student-loss.js';
import type { TextRows } from '../text/train-text-student.js';
import { modelTensors } from '../training-graph.js';
import { runTrainingLoop, type TrainingPlan } from '../training-loop.js';
import { learnTokenizer, unknownToken, type PieceTokenizer } from './piece-tokenizer.js';
import { buildTransformer, type TransformerSize } from './transformer-graph.js';
import type { TransformerRecipe } from './transformer-recipe.js';

/** Rows as transformers see them, made once for all that learn from them. */
export interface PreparedTransformer extends TextRows {
  readonly tokenizer: PieceTokenizer;
  /** Of a row's tokens; each row is prepared once. */
  readonly prepare: (input: Input) => PreparedRow;
  readonly groups: readonly ShapeGroup[];
  readonly validationGroups: readonly ShapeGroup[];
}

export interface TransformerTraining {
  readonly seed: number;
  readonly recipe: TransformerRecipe;
  /** Part of the whole training to do, in (0, 1]. */
  readonly share?: number;
  /** Gives the weights to start from, by name; null or absent: drawn. */
  readonly from?: ((weight: SourceWeight) => Float32Array) | null;
  readonly onStep: (step: TrainerStep) => void;
}

export interface TransformerStudent {
  /** ONNX bytes, see `buildTransformer`. */
  readonly onnx: Uint8Array;
  readonly size: TransformerSize;
  readonly tokenizer: PieceTokenizer;
  readonly parameters: number;
  /** [validation rows][classes] float32, by the graph that was trained. */
  readonly validationLogits: readonly Float32Array[];
}

const batchRows = 32;
const epochsMax = 30;
const stepsMin = 600;
const stepsMax = 6000;
/** Of the steps: norms in front need little. */
const warmUpShare = 0.05;
const looks = 30;
const patience = 8;

/** @throws {RangeError} without a row to train on. */
export function prepareTransformer(rows: TextRows): PreparedTransformer {
  if (rows.train.length === 0) throw new RangeError('There are no rows to train on.');
  const inputsOf = (from: readonly DatasetRow[]) => from.map(({ input }) => input);
  const tokenizer = learnTokenizer(inputsOf(rows.train));
  const known = new WeakMap<Input, PreparedRow>();
  const prepare = (input: Input): PreparedRow => {
    const row = known.get(input) ?? tokenizer.prepare(input);
    known.set(input, row);
    return row;
  };
  const groups = groupByShape(prepare, inputsOf(rows.train));
  const validationGroups = groupByShape(prepare, inputsOf(rows.validation));
  return { ...rows, tokenizer, prepare, groups, validationGroups };
}

export const sizeFor = (
  { tokenizer, classCount }: Pick<PreparedTransformer, 'tokenizer' | 'classCount'>,
  { layers, width, heads }: TransformerRecipe,
): TransformerSize => ({
  ...{ layers, width, heads, classCount },
  pieces: tokenizer.pieces.length,
  tokensMax: tokenizer.preprocess.tokensMax,
});

/**
 * Trains a transformer on a dataset, as a model file whose weights are drawn is trained further.
 * The same arguments give the same student.
 *
 * @throws {RangeError} when the loss is not finite.
 */
export async function trainTransformer(
  prepared: PreparedTransformer,
  { seed, recipe, share = 1, from = null, onStep }: TransformerTraining,
): Promise<TransformerStudent> {
  const { classCount, train, validation, tokenizer, prepare } = prepared;
  const size = sizeFor(prepared, recipe);
  const draw = createSeededDraw(seed);
  const source = readSource(buildTransformer(size, createNormalDraw(draw)), modelTensors.output);
  const weights = findWeights(source);
  const trainer = await openContinuedTrainer({
    student: { source, weights, form: { classCount, kind: 'logits', isBinary: false } },
    groups: eachShape([...prepared.groups, ...prepared.validationGroups]),
    ...{ batchRows, loss: recipe.loss, weightDecay: 0.01 },
    dtypes: ['int64', 'int64'],
    theta: joinFloats(weights.map((weight) => from?.(weight) ?? weight.data)),
  });
  try {
    const targets = (row: DatasetRow) => targetsOf(row, classCount, recipe.loss);
    const lessons = createBatches({
      ...{ batchRows, targets, rows: train, groups: prepared.groups },
      prepared: (index) => prepare(train[index]!.input),
      weights: weightsBy(recipe.weighting, train),
      vary: (input, drawn) => withUnknowns(prepare(input), recipe.tokensKept, drawn),
    });
    const held = createBatches({
      ...{ batchRows, targets, rows: validation, groups: prepared.validationGroups },
      prepared: (index) => prepare(validation[index]!.input),
      ...{ weights: null, vary: null },
    });
    const plan = planFor(lessons, share * recipe.lengthShare, recipe.learningRate);
    const isJudged = validation.length >= validationRowsMin;
    const theta = await runTrainingLoop(
      {
        trainer,
        nextBatch: lessons.start(draw),
        validate: isJudged ? () => lossOver(trainer, held, recipe.loss) : null,
        onStep: (step) => onStep({ ...step, stepsMax: plan.steps }),
      },
      plan,
    );
    return {
      onnx: withWeights(source, weights, theta),
      ...{ size, tokenizer, parameters: theta.length },
      validationLogits: await scoreRows(trainer, prepared, theta),
    };
  } finally {
    await trainer.close();
  }
}

function planFor(lessons: Batches, share: number, learningRate: number): TrainingPlan {
  const whole = Math.min(stepsMax, Math.max(stepsMin, epochsMax * lessons.perEpoch));
  const steps = Math.ceil(share * whole);
  return {
    ...{ steps, learningRate, patience },
    warmUpSteps: Math.ceil(warmUpShare * steps),
    validateEverySteps: Math.max(10, Math.ceil(steps / looks)),
  };
}

/** Hides some tokens of a text, so that no single one is relied upon; the first, [CLS], stays. */
function withUnknowns(row: PreparedRow, shareKept: number, draw: Draw): PreparedRow {
  const [ids, mask] = row as readonly [RowTensor, RowTensor];
  const data = (ids.data as BigInt64Array).slice();
  const own = mask.data as BigInt64Array;
  for (let k = 1; k < data.length; k++)
    if (own[k] === 1n && draw() >= shareKept) data[k] = BigInt(unknownToken);
  return [{ ...ids, data }, mask];
}

/** @returns [validation rows][classes] */
async function scoreRows(
  trainer: ContinuedTrainer,
  { validation, validationGroups, prepare, classCount }: PreparedTransformer,
  theta: Float32Array,
): Promise<readonly Float32Array[]> {
  const logits = Array<Float32Array>(validation.length);
  for (const { shape, rows } of validationGroups)
    for (let first = 0; first < rows.length; first += batchRows) {
      const own = rows.slice(first, first + batchRows);
      const prepared = own.map((row) => prepare(validation[row]!.input));
      const scores = await trainer.score({ shape, rows: prepared }, theta);
      own.forEach((row, k) => {
        logits[row] = scores.slice(k * classCount, (k + 1) * classCount);
      });
    }
  return logits;
}
