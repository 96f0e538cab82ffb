import { hash } from 'node:crypto';
import type { Capture, StoredRow } from '../capture/capture.js';
import type { DatasetReportJson } from '../http/api-types.js';
import type { Input } from '../task/task.js';
import { boundRows, type BoundRowsOptions } from './bounds/bound-rows.js';
import type { DatasetRow } from './dataset.js';
import { describeDataset } from './describe-dataset.js';

export interface DatasetOptions extends Omit<BoundRowsOptions, 'seedRows'> {
  readonly teacherVersion: string;
  /** Rows that belong to every dataset, so that old skills are not forgotten. */
  readonly seedRows: readonly DatasetRow[];
  /** They judge: no equal input is trained on. */
  readonly goldenRows: readonly { readonly input: Input }[];
  readonly trainingRowsMax: number;
}

export interface Dataset {
  readonly train: readonly DatasetRow[];
  readonly validation: readonly DatasetRow[];
  /** Time span of the captured rows, ms since the epoch; null without any. */
  readonly timeSpanMs: { readonly first: number; readonly last: number } | null;
  readonly report: DatasetReportJson;
}

/** One row in ten validates: enough to stop early by, few enough to learn from the rest. */
export const validationShare = 0.1;

/**
 * Builds a dataset from the captured rows of one teacher version. Holdout rows and inputs equal to
 * one never enter: the log does not hand them out for training. What the log can not see is left
 * out here, by content: inputs of a seed file that was changed, rows that came into the log under
 * another hash than their input's, and inputs of golden rows. Of equal inputs the newest stays, or
 * that which a person has labelled: his label outranks the teacher's, and a seed row's. The split
 * is by hash, so duplicates cannot sit on both sides. How much of it one sender may have taught is
 * bounded before.
 */
export async function buildDataset(capture: Capture, options: DatasetOptions): Promise<Dataset> {
  const { task, teacherVersion, seedRows, goldenRows, trainingRowsMax } = options;
  const captured = await capture.readTraining({
    task,
    teacherVersion,
    rowsMax: trainingRowsMax,
    createdAfterMs: 0,
  });
  // Read after the rows: those that were held out meanwhile are among them.
  const heldOut = await capture.holdoutDigests(task);
  const golden = new Set(goldenRows.map(({ input }) => hash('sha256', input)));
  const mayTrain = ({ input }: { readonly input: Input }): boolean => {
    if (heldOut.size === 0 && golden.size === 0) return true;
    const digest = hash('sha256', input);
    return !heldOut.has(digest) && !golden.has(digest);
  };
  const chosen = chosenRows(captured);
  const trainable = chosen.filter(mayTrain);
  const labelled = trainable.filter((row) => isLabelledByPerson(row));
  const corrected = new Set(labelled.map(({ input }) => hash('sha256', input)));
  const isCorrected = ({ input }: DatasetRow): boolean =>
    corrected.size > 0 && corrected.has(hash('sha256', input));
  const notHeldOut = seedRows.filter(mayTrain);
  const seeds = notHeldOut.filter((row) => !isCorrected(row));
  // Whoever runs the gateway has brought these: they are no more bounded than seed rows.
  const sent = trainable.filter(({ source }) => source !== 'import');
  const ownRows = seeds.length + trainable.length - sent.length;
  const bounded = await boundRows(sent, capture, { ...options, seedRows: ownRows });
  const { leftOut, boundClients } = bounded;
  const stay = new Set(bounded.kept);
  const kept = trainable.filter((row) => row.source === 'import' || stay.has(row));
  const train = [...seeds, ...kept.filter((row) => !validates(row)).map(datasetRowOf)];
  const validation = kept.filter(validates).map(datasetRowOf);
  const report = {
    trainingRows: train.length,
    validationRows: validation.length,
    seedRows: seeds.length,
    capturedRows: captured.length,
    clients: new Set(captured.map(({ client }) => client)).size,
    leftOut: {
      duplicates: captured.length - chosen.length + notHeldOut.length - seeds.length,
      heldOut: chosen.length - trainable.length + seedRows.length - notHeldOut.length,
      ...leftOut,
    },
    boundClients,
  };
  const timeSpanMs = timeSpanOf(kept);
  return { train, validation, timeSpanMs, report: { ...report, summary: describeDataset(report) } };
}

/**
 * Of equal inputs one: the newest that a person has labelled, or else the newest.
 *
 * @param rows  newest first.
 */
function chosenRows(rows: readonly StoredRow[]): readonly StoredRow[] {
  const byHash = new Map<string, StoredRow>();
  for (const row of rows) {
    const known = byHash.get(row.inputHash);
    const isBetter = known === undefined || (isLabelledByPerson(row) && !isLabelledByPerson(known));
    if (isBetter) byHash.set(row.inputHash, row);
  }
  return [...byHash.values()];
}

const isLabelledByPerson = ({ source, feedback }: StoredRow): boolean =>
  source === 'feedback' || feedback !== null;

function datasetRowOf(row: StoredRow): DatasetRow {
  const label = row.feedback?.label ?? row.teacherLabel;
  return {
    id: row.id,
    input: row.input,
    label,
    // Those of a teacher whom a person has corrected would teach against him.
    probabilities: label === row.teacherLabel ? row.teacherProbabilities : null,
    weight: 1, // Its propensity is none of it: a search tries both, see `planSearch`.
    source: isLabelledByPerson(row) ? 'feedback' : 'capture',
    propensity: row.propensity,
  };
}

const validates = ({ inputHash }: StoredRow): boolean =>
  Number.parseInt(inputHash.slice(0, 8), 16) / 0x1_0000_0000 < validationShare;

export function timeSpanOf(rows: readonly Pick<StoredRow, 'createdMs'>[]): Dataset['timeSpanMs'] {
  if (rows.length === 0) return null;
  let first = Infinity;
  let last = -Infinity;
  for (const { createdMs } of rows) {
    if (createdMs < first) first = createdMs;
    if (createdMs > last) last = createdMs;
  }
  return { first, last };
}
