import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { plainInputs, type InputCipher, type SealedPlace } from '../capture/input-cipher.js';
import { DistillationFailedError } from '../errors.js';
import { replaceFile } from '../files/atomic-file.js';
import { bytesOf } from '../files/bytes-of.js';
import { readParquet, writeParquet } from '../files/parquet-file.js';
import type { DatasetReportJson } from '../http/api-types.js';
import type { LabelledInput } from '../task/labelled-inputs.js';
import type { Input, TaskSpec } from '../task/task.js';

/** One row to learn from. */
export interface DatasetRow {
  readonly id: string;
  readonly input: Input;
  /** Index of the label to learn. */
  readonly label: number;
  /** [classes] teacher's distribution, or null where the teacher gave only the label. */
  readonly probabilities: Float64Array | null;
  /** Weight in the loss, > 0. */
  readonly weight: number;
  /** `feedback`: a person gave the label. */
  readonly source: 'seed' | 'capture' | 'feedback';
  /** Probability that a row like it is labelled, in (0, 1]; absent: 1. */
  readonly propensity?: number;
}

/** An input whose label is known; nothing is learnt from it. */
export interface LabelledRow {
  readonly input: Input;
  readonly label: number;
}

/** A row that belongs to every dataset: it comes with the task, labelled by its teacher. */
export function seedRowOf(row: LabelledInput, index: number): DatasetRow {
  return { id: `seed-${index}`, ...row, weight: 1, source: 'seed' };
}

const datasetFormat = 'understudy-dataset/1';

/** `manifest.json` of a snapshot directory; the contract with every trainer. */
export interface DatasetManifest {
  readonly format: typeof datasetFormat;
  readonly task: TaskSpec;
  readonly teacher: { readonly name: string; readonly version: string };
  readonly seed: number;
  /** Pixels by which an image may be moved without changing its label. */
  readonly shiftPixels: number;
  /** First and last moment of the captured rows, ms since the epoch; null without any. */
  readonly timeSpanMs: { readonly first: number; readonly last: number } | null;
  /** Which key inputs are encrypted by; absent: they are as they came. */
  readonly inputKeyId?: string;
  /** Rows that were left out, by why; absent where nobody has counted. */
  readonly leftOut?: DatasetReportJson['leftOut'];
  /**
   * Parquet files. Columns: `id`; `input` (canonical bytes, see `Input`); `label` (index into
   * the task's labels); `probabilities` (float64, little-endian, one for each label; may be null);
   * `weight`; `source`; `propensity` (that a row like it is labelled: `weight` does not hold it).
   */
  readonly files: Readonly<Record<'train' | 'validation', DatasetFile>>;
}
export interface DatasetFile {
  readonly file: string;
  readonly rows: number;
  readonly sha256: string;
}

export interface SnapshotContent extends Omit<DatasetManifest, 'format' | 'files' | 'inputKeyId'> {
  readonly train: readonly DatasetRow[];
  readonly validation: readonly DatasetRow[];
}

/**
 * Writes a snapshot into `dir`, which must exist: the same content gives the same bytes, but where
 * inputs are encrypted.
 */
export async function writeSnapshot(
  dir: string,
  content: SnapshotContent,
  cipher: InputCipher = plainInputs,
): Promise<void> {
  const { train, validation, ...about } = content;
  const { name } = content.task;
  const sealed = (rows: readonly DatasetRow[]): readonly DatasetRow[] =>
    rows.map((row) => ({ ...row, input: cipher.seal(row.input, placeOf(row, name)).bytes }));
  const files = {
    train: await writeRows(dir, 'train.parquet', sealed(train)),
    validation: await writeRows(dir, 'validation.parquet', sealed(validation)),
  };
  const [inputKeyId] = cipher.keyIds;
  const key = inputKeyId === undefined ? {} : { inputKeyId };
  const manifest: DatasetManifest = { format: datasetFormat, ...about, ...key, files };
  // Last, and at once: a snapshot that has one is whole.
  const text = JSON.stringify(manifest, null, 2);
  await replaceFile(join(dir, 'manifest.json'), { text, temporary: join(dir, 'manifest.tmp') });
}

export interface Snapshot {
  readonly manifest: DatasetManifest;
  /** SHA-256 (hex) of the manifest, which holds those of the files. */
  readonly sha256: string;
  readonly train: readonly DatasetRow[];
  readonly validation: readonly DatasetRow[];
}

/** A snapshot without its rows. @throws {DistillationFailedError} when it has another format. */
export async function readSnapshotManifest(
  dir: string,
): Promise<Pick<Snapshot, 'manifest' | 'sha256'>> {
  const text = await readFile(join(dir, 'manifest.json'));
  const manifest = JSON.parse(text.toString('utf8')) as DatasetManifest;
  const format: string = manifest.format;
  if (format !== datasetFormat) {
    const message = `${dir} is a snapshot of format ${format}, expected ${datasetFormat}.`;
    throw new DistillationFailedError(message, { expected: datasetFormat, got: format });
  }
  return { manifest, sha256: sha256Of(text) };
}

/**
 * @throws {DistillationFailedError} when it has another format, or a file is not the one that the
 *         manifest speaks of.
 * @throws {CaptureFailedError} when it is encrypted by a key that was not given.
 */
export async function readSnapshot(
  dir: string,
  cipher: InputCipher = plainInputs,
): Promise<Snapshot> {
  const { manifest, sha256 } = await readSnapshotManifest(dir);
  const { inputKeyId = null, task, files } = manifest;
  const opened = (row: DatasetRow): DatasetRow => {
    // An empty one has nothing to hide.
    const keyId = row.input.byteLength === 0 ? null : inputKeyId;
    const input = cipher.open({ keyId, bytes: row.input }, placeOf(row, task.name));
    return { ...row, input };
  };
  return {
    ...{ manifest, sha256 },
    train: (await readRows(dir, files.train)).map(opened),
    validation: (await readRows(dir, files.validation)).map(opened),
  };
}

/** Of a row of a snapshot: not that of the log's row, of which it is a copy. */
const placeOf = ({ id }: DatasetRow, task: string): SealedPlace => ({ task, id: `dataset ${id}` });

async function writeRows(
  dir: string,
  file: string,
  rows: readonly DatasetRow[],
): Promise<DatasetFile> {
  const path = join(dir, file);
  await writeParquet(path, [
    { name: 'id', type: 'STRING', data: rows.map(({ id }) => id) },
    { name: 'input', type: 'BYTE_ARRAY', data: rows.map(({ input }) => input) },
    { name: 'label', type: 'INT32', data: rows.map(({ label }) => label) },
    {
      name: 'probabilities',
      type: 'BYTE_ARRAY',
      data: rows.map(({ probabilities }) => probabilities && bytesOf(probabilities)),
    },
    { name: 'weight', type: 'DOUBLE', data: rows.map(({ weight }) => weight) },
    { name: 'source', type: 'STRING', data: rows.map(({ source }) => source) },
    { name: 'propensity', type: 'DOUBLE', data: rows.map(({ propensity = 1 }) => propensity) },
  ]);
  return { file, rows: rows.length, sha256: sha256Of(await readFile(path)) };
}

async function readRows(dir: string, { file, sha256 }: DatasetFile): Promise<DatasetRow[]> {
  const path = join(dir, file);
  const got = sha256Of(await readFile(path));
  if (got !== sha256) {
    const message = `${path} has SHA-256 ${got}, its manifest says ${sha256}. Make it again.`;
    throw new DistillationFailedError(message, { file, expected: sha256, got });
  }
  return (await readParquet(path)).map((row) => ({
    id: row['id'] as string,
    input: Uint8Array.from(row['input'] as Uint8Array),
    label: row['label'] as number,
    probabilities:
      row['probabilities'] == null
        ? null
        : new Float64Array(ownBuffer(row['probabilities'] as Uint8Array)),
    weight: row['weight'] as number,
    source: row['source'] as DatasetRow['source'],
    ...propensityOf(row['propensity']),
  }));
}

/** Snapshots had none at first. */
const propensityOf = (value: unknown): Pick<DatasetRow, 'propensity'> =>
  typeof value === 'number' && value < 1 ? { propensity: value } : {};

/** A copy that starts at an address where a float may lie. */
const ownBuffer = (bytes: Uint8Array): ArrayBuffer => Uint8Array.from(bytes).buffer;
const sha256Of = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
