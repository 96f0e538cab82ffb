import { InferenceSession } from '../onnx/runtime.js';
import { sessionOptions } from '../onnx/session-options.js';
import type { RowTensor } from '../preprocess/preprocessor.js';
import type { Input } from '../task/task.js';
import type { BundleManifest } from '../registry/bundle.js';
import { Feeder } from './feeder.js';
import { loadModel, type LoadedModel } from './loaded-model.js';
import { measureModel, type Measurement } from './measure-model.js';
import type { ModelSource } from './model-runner.js';

export interface MeasuredModel {
  readonly source: ModelSource;
  readonly model: LoadedModel;
  readonly measurement: Measurement;
}

type Row = readonly RowTensor[];

/** It must save a lone row a good part of its second self, and cost a batch next to nothing. */
const loneShareMax = 0.8;
const batchShareMax = 1.15;
const batchRows = 4;
const comparedRowsMax = 16;
/** Of each size and model in turn: what disturbs a run only makes it longer. */
const comparedRuns = 9;
const compareMsMax = 400;
/** The rewriting holds a model several times in memory. */
const rewriteBytesMax = 512 * 1_048_576;

/**
 * Looks for a model that gives the same bits for a row alone as beside others, so that a lone row
 * need not run as two. In an encoder of texts that takes but its pooling and
 * its head, a thousandth of the work, to be computed for two rows (`onnx/one-row-operations.ts`).
 *
 * @param measured  a model on the CPU that fills up runs of one row.
 * @returns         another one, loaded and measured; null when there is none that is quicker.
 */
export async function withoutPairs(
  measured: MeasuredModel,
  inputs: readonly Input[],
  runRowsMax: number,
): Promise<MeasuredModel | null> {
  const { manifest, model: given } = measured.source;
  if (given.byteLength > rewriteBytesMax || canBeOfLengthOne(manifest)) return null;
  const rows = inputs.map((input) => measured.model.prepare(input));
  const longest = longestOf(rows);
  const bytes = await rewritten(measured, longest).catch(() => null);
  if (bytes === null) return null;
  const source = { ...measured.source, model: bytes };
  const model = await loadModel(source).catch(() => null);
  if (model === null) return null;
  try {
    const measurement = await measureModel(model, inputs, runRowsMax);
    const { batching, rowsMin } = measurement;
    const isExact = batching === 'exact' && rowsMin === 1;
    if (isExact && (await givesSameBits(model, measured, rows)))
      if (await isQuicker(model, measured, longest)) return { source, model, measurement };
  } catch {
    // It can not run: the first one serves.
  }
  await model.close();
  return null;
}

/** A single token or number makes a single row of every product, not of the last ones alone. */
function canBeOfLengthOne({ input, preprocess }: BundleManifest): boolean {
  if (input.kind === 'tensor') return input.tensors.some(({ shape }) => shape.includes(null));
  return preprocess.kind === 'tokenizer' && preprocess.padToMultipleOf < 2;
}

/** Which of the two serves is decided by times: processes that decide otherwise must agree. */
async function givesSameBits(
  found: LoadedModel,
  { model: present, measurement }: MeasuredModel,
  rows: readonly Row[],
): Promise<boolean> {
  for (const row of rows.slice(0, comparedRowsMax)) {
    const [expected] = await present.run([row], measurement.rowsMin);
    const [got] = await found.run([row]);
    if (!expected!.every((score, index) => Object.is(score, got![index]))) return false;
  }
  return true;
}

async function isQuicker(
  found: LoadedModel,
  { model: present, measurement }: MeasuredModel,
  row: Row,
): Promise<boolean> {
  const { rowsMin } = measurement;
  const shareOf = async (rows: number): Promise<number> => {
    const batch = Array.from({ length: rows }, () => row);
    const ms = { found: Infinity, present: Infinity };
    const startedMs = performance.now();
    for (let run = 0; run < comparedRuns; run++) {
      if (run > 1 && performance.now() - startedMs > compareMsMax) break;
      ms.present = Math.min(ms.present, await msOf(() => present.run(batch, rowsMin)));
      ms.found = Math.min(ms.found, await msOf(() => found.run(batch)));
    }
    return ms.found / ms.present;
  };
  return (await shareOf(1)) <= loneShareMax && (await shareOf(batchRows)) <= batchShareMax;
}

async function msOf(run: () => Promise<unknown>): Promise<number> {
  const startedMs = performance.now();
  await run();
  return performance.now() - startedMs;
}

/** Null when nothing in the model is of a single row. */
async function rewritten({ source, model }: MeasuredModel, row: Row): Promise<Uint8Array | null> {
  // Read for such models alone: a tenth of a second.
  const { decodeModel } = await import('../onnx/decoded-model.js');
  const { inTwoRows, rowOperationsOf, withOutputs } = await import('../onnx/one-row-operations.js');
  const decoded = decodeModel(source.model.slice());
  const operations = rowOperationsOf(decoded);
  const names = operations.map(({ rows }) => rows);
  const shapes = await shapesOf(withOutputs(decoded, names), model, row);
  const ofOneRow = operations.filter(({ rows, isOfOneRow }) => isOfOneRow(shapes.get(rows) ?? []));
  if (ofOneRow.length === 0) return null;
  const bytes = inTwoRows(decoded, ofOneRow);
  const shared = new Uint8Array(new SharedArrayBuffer(bytes.byteLength));
  shared.set(bytes);
  return shared;
}

/** A short text could be of one token: everything would then be of one row. */
function longestOf(rows: readonly Row[]): Row {
  const size = (row: Row): number => row.reduce((sum, { data }) => sum + data.length, 0);
  return rows.reduce((longest, row) => (size(row) > size(longest) ? row : longest));
}

/** What shape every output has in a run of one row. */
async function shapesOf(
  bytes: Uint8Array,
  { plan }: LoadedModel,
  row: Row,
): Promise<ReadonlyMap<string, readonly number[]>> {
  const session = await InferenceSession.create(bytes, sessionOptions);
  try {
    const { tensors } = new Feeder(plan.input.dtypes).feed([row], 1);
    const results = await session.run(tensors);
    return new Map(
      Object.entries(results).map(([name, value]) => [name, 'dims' in value ? value.dims : []]),
    );
  } finally {
    await session.release();
  }
}
