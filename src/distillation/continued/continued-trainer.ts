import { Feeder } from '../../model/feeder.js';
import { InferenceSession, Tensor } from '../../onnx/runtime.js';
import { sessionOptions } from '../../onnx/session-options.js';
import type { Dtype } from '../../task/dtype.js';
import { createAdamwWeights, floatsOf, matrixOf, vectorOf } from '../adamw-state.js';
import type { RowTargets } from '../row-loss.js';
import type { SteppedTrainer } from '../training-loop.js';
import { openAhead, type Ahead } from './ahead-of-weights.js';
import {
  buildContinuedScoring,
  buildContinuedStep,
  feedName,
  type ContinuedStudent,
  type ContinuedTraining,
} from './continued-graphs.js';
import type { PreparedRow, ShapeGroup } from './prepared-rows.js';
import { probeValues } from './probe-values.js';
import { takeBranches } from './take-branches.js';

/** A row in a step: its tensors, and what it is to be learnt as. */
export interface LearntRow extends RowTargets {
  readonly tensors: PreparedRow;
  readonly weight: number;
}

/** Rows of one shape, `batchRows` at most. */
export interface RowBatch {
  readonly shape: string;
  readonly rows: readonly LearntRow[];
}

export interface ScoredBatch {
  readonly shape: string;
  /** Of `batchRows` at most. */
  readonly rows: readonly PreparedRow[];
}

export interface ContinuedTrainer extends SteppedTrainer<RowBatch> {
  /** @returns [rows * classes] float32 logits of the given (default: present) weights. */
  score(batch: ScoredBatch, theta?: Float32Array): Promise<Float32Array>;
  /** Goes back to the weights at the start. */
  restart(): void;
  close(): Promise<void>;
}

export interface ContinuedTrainerOptions extends ContinuedTraining {
  readonly student: ContinuedStudent;
  /** Element types that the model takes, in the order of a row's tensors. */
  readonly dtypes: readonly Dtype[];
  readonly batchRows: number;
  readonly groups: readonly Pick<ShapeGroup, 'shape' | 'example'>[];
  /** [parameters] to start from. */
  readonly theta: Float32Array;
}

interface Sessions {
  readonly ahead: Ahead;
  readonly step: InferenceSession;
  readonly scoring: InferenceSession;
}

/**
 * Opens the graphs of a student that somebody has brought: for each shape of rows one.
 *
 * @throws {UntrainableStudentError} when it can not be trained.
 */
export async function openContinuedTrainer(
  options: ContinuedTrainerOptions,
): Promise<ContinuedTrainer> {
  const { student, batchRows, theta } = options;
  const feeder = new Feeder(options.dtypes);
  const sessions = new Map<string, Sessions>();
  for (const { shape, example } of options.groups)
    sessions.set(shape, await openSessions(feeder, example, options));
  let own = createAdamwWeights(theta);
  const { classCount } = student.form;

  /** @param rows  a short batch is filled up with its last row. */
  async function run(
    { ahead, session }: { readonly ahead: Ahead; readonly session: InferenceSession },
    rows: readonly PreparedRow[],
    beside: {
      readonly feeds: Readonly<Record<string, Tensor>>;
      readonly fetches: Readonly<Record<string, Tensor | null>>;
    },
  ) {
    const { tensors, release } = feeder.feed(rows, batchRows);
    try {
      return await session.run(
        { ...renamed(await ahead.run(tensors)), ...beside.feeds },
        beside.fetches,
      );
    } finally {
      release();
    }
  }

  return {
    async step({ shape, rows }, learningRate) {
      const targets = packTargets(rows, { batchRows, classCount });
      const { ahead, step } = sessions.get(shape)!;
      const results = await run(
        { ahead, session: step },
        rows.map(({ tensors }) => tensors),
        { feeds: { ...own.feeds(learningRate), ...targets }, fetches: own.fetches },
      );
      return own.take(results);
    },
    async score({ shape, rows }, ownTheta = own.theta()) {
      const { ahead, scoring } = sessions.get(shape)!;
      const feeds = { theta: vectorOf(ownTheta) };
      const results = await run({ ahead, session: scoring }, rows, {
        feeds,
        fetches: { logits: null },
      });
      return floatsOf(results['logits']).subarray(0, rows.length * classCount);
    },
    weights: () => own.theta().slice(),
    restart: () => void (own = createAdamwWeights(theta)),
    async close() {
      for (const { ahead, step, scoring } of sessions.values()) {
        await ahead.close();
        await step.release();
        await scoring.release();
      }
    },
  };
}

async function openSessions(
  feeder: Feeder,
  example: PreparedRow,
  options: ContinuedTrainerOptions,
): Promise<Sessions> {
  const { student, batchRows } = options;
  const { tensors, release } = feeder.feed([example], batchRows);
  try {
    const source = await takeBranches(student.source, { tensors });
    const probed = await probeValues(source, { tensors });
    const ahead = await openAhead(source, student.weights);
    const shape = { batchRows, tensors: await ahead.run(tensors), source, probed };
    const open = (model: Uint8Array) => InferenceSession.create(model, sessionOptions);
    const step = await open(buildContinuedStep(student, shape, options));
    return { ahead, step, scoring: await open(buildContinuedScoring(student, shape)) };
  } finally {
    release();
  }
}

const renamed = (tensors: Readonly<Record<string, Tensor>>): Record<string, Tensor> =>
  Object.fromEntries(Object.entries(tensors).map(([name, tensor]) => [feedName(name), tensor]));

function packTargets(
  rows: readonly LearntRow[],
  { batchRows, classCount }: { readonly batchRows: number; readonly classCount: number },
): Record<string, Tensor> {
  const soft = new Float32Array(batchRows * classCount);
  const hard = new Float32Array(batchRows * classCount);
  const rowWeights = new Float32Array(batchRows);
  rows.forEach((row, index) => {
    if (row.soft !== null) soft.set(row.soft, index * classCount);
    hard.set(row.hard, index * classCount);
    // A short batch weighs less: each row counts as much as any other.
    rowWeights[index] = row.weight / batchRows;
  });
  return {
    soft: matrixOf(soft, classCount),
    hard: matrixOf(hard, classCount),
    rowWeights: vectorOf(rowWeights),
  };
}
