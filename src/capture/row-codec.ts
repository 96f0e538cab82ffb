import { CaptureFailedError } from '../errors.js';
import type { InputCipher } from './input-cipher.js';
import { rowFault } from './row-fault.js';
import type { CapturedRow, RowFeedback, StoredRow } from './row.js';

/** One value of a row as a database column holds it. */
export type Cell = string | number | null | Uint8Array;

/** Names of the columns that a row is written to, in the order of its cells. */
export const rowColumns = [
  'id',
  'task',
  'created_ms',
  'input',
  'input_hash',
  'route',
  'reason',
  'is_holdout',
  'is_trainable',
  'propensity',
  'holdout_rate',
  'student_version',
  'student_logits',
  'confidence',
  'threshold',
  'teacher_name',
  'teacher_version',
  'teacher_label',
  'teacher_probabilities',
  'teacher_latency_ms',
  'cost_usd',
  'client',
  'source',
  'input_kept',
  'student_label',
  'student_latency_ms',
  'subject',
  'input_key',
] as const;

/** Names of the columns of a row that is read, in the order in which `decodeRow` wants them. */
export const storedColumns = [
  ...rowColumns,
  'sequence',
  'feedback_label',
  'feedback_origin',
  'feedback_ms',
] as const;

/** Rows as the cells of a database, and back; inputs are encrypted on the way. */
export interface RowCodec {
  /**
   * Gives cells in the order of `rowColumns`. Blobs are views of the row's own arrays, in this
   * machine's byte order: little-endian, for onnxruntime-node and libsql have no other builds.
   *
   * @throws {CaptureFailedError} naming the column, for a value that can not be stored (NaN, NUL,
   *         wrong type).
   */
  readonly encode: (row: CapturedRow) => Cell[];
  /**
   * Turns cells in the order of `storedColumns` into a row. Its arrays are views of the cells where
   * alignment allows: 2 us a row, against 9 us with a copy of each.
   *
   * @throws {CaptureFailedError} as the cipher does.
   */
  readonly decode: (cells: readonly Cell[]) => StoredRow;
  /** Gives the input of a row of which only `inputColumns` were read. @throws as above. */
  readonly inputOf: (cells: readonly Cell[]) => Uint8Array;
}

/** Names of the columns that an input is made of, in the order in which `inputOf` wants them. */
export const inputColumns = ['task', 'id', 'input', 'input_key'] as const;

export const createRowCodec = (cipher: InputCipher): RowCodec => ({
  encode: (row) => encodeRow(row, cipher),
  decode: (cells) => decodeRow(cells, cipher),
  inputOf([task, id, input, keyId]) {
    const place = { task: task as string, id: id as string };
    return cipher.open({ keyId: keyId as string | null, bytes: input as Uint8Array }, place);
  },
});

function encodeRow(row: CapturedRow, cipher: InputCipher): Cell[] {
  const { keyId, bytes } = cipher.seal(row.input, row);
  const cells = [
    row.id,
    row.task,
    row.createdMs,
    bytes,
    row.inputHash,
    row.route,
    row.reason,
    row.isHoldout ? 1 : 0,
    row.isTrainable ? 1 : 0,
    row.propensity,
    row.holdoutRate,
    row.studentVersion,
    row.studentLogits === null ? null : bytesOf(row.studentLogits),
    row.confidence,
    row.threshold,
    row.teacherName,
    row.teacherVersion,
    row.teacherLabel,
    row.teacherProbabilities === null ? null : bytesOf(row.teacherProbabilities),
    row.teacherLatencyMs,
    row.costUsd,
    row.client,
    row.source,
    row.inputKept,
    row.studentLabel,
    row.studentLatencyMs,
    row.subject,
    keyId,
  ];
  const bad = cells.findIndex((cell) => !canBeStored(cell));
  if (bad < 0) return cells;
  const got = JSON.stringify(String(cells[bad])).slice(0, 60);
  const id = JSON.stringify(row.id);
  const message = `Row ${id} can not be kept: its ${rowColumns[bad]!} is ${got}.`;
  throw new CaptureFailedError(message, rowFault);
}

function decodeRow(cells: readonly Cell[], cipher: InputCipher): StoredRow {
  const place = { task: cells[1] as string, id: cells[0] as string };
  const sealed = { keyId: cells[27] as string | null, bytes: cells[3] as Uint8Array };
  return {
    id: cells[0] as string,
    task: cells[1] as string,
    createdMs: cells[2] as number,
    input: cipher.open(sealed, place),
    inputHash: cells[4] as string,
    route: cells[5] as CapturedRow['route'],
    reason: cells[6] as string,
    isHoldout: cells[7] === 1,
    isTrainable: cells[8] === 1,
    propensity: cells[9] as number,
    holdoutRate: cells[10] as number,
    studentVersion: cells[11] as string | null,
    studentLogits: cells[12] === null ? null : floats32(cells[12] as Uint8Array),
    confidence: cells[13] as number | null,
    threshold: cells[14] as number | null,
    teacherName: cells[15] as string,
    teacherVersion: cells[16] as string,
    teacherLabel: cells[17] as number,
    teacherProbabilities: cells[18] === null ? null : floats64(cells[18] as Uint8Array),
    teacherLatencyMs: cells[19] as number,
    costUsd: cells[20] as number,
    client: cells[21] as string | null,
    source: cells[22] as CapturedRow['source'],
    inputKept: cells[23] as CapturedRow['inputKept'],
    studentLabel: cells[24] as number | null,
    studentLatencyMs: cells[25] as number | null,
    subject: cells[26] as string | null,
    sequence: cells[28] as number,
    feedback: cells[29] === null ? null : feedbackOf(cells),
  };
}

const feedbackOf = (cells: readonly Cell[]): RowFeedback => ({
  label: cells[29] as number,
  origin: cells[30] as RowFeedback['origin'],
  givenMs: cells[31] as number,
});

/**
 * SQL has no NaN (it would come back as null), libsql 0.5 cuts a text at its first NUL (PostgreSQL
 * refuses it), and libsql aborts the whole process on a boolean.
 */
function canBeStored(cell: unknown): boolean {
  if (typeof cell === 'string') return !cell.includes('\0');
  if (typeof cell === 'number') return !Number.isNaN(cell);
  return cell === null || cell instanceof Uint8Array;
}

const bytesOf = (array: Float32Array | Float64Array): Uint8Array =>
  new Uint8Array(array.buffer, array.byteOffset, array.byteLength);

function floats32(bytes: Uint8Array): Float32Array {
  const { buffer, byteOffset, byteLength } = aligned(bytes, 4);
  return new Float32Array(buffer, byteOffset, byteLength / 4);
}

function floats64(bytes: Uint8Array): Float64Array {
  const { buffer, byteOffset, byteLength } = aligned(bytes, 8);
  return new Float64Array(buffer, byteOffset, byteLength / 8);
}

const aligned = (bytes: Uint8Array, itemBytes: number): Uint8Array =>
  bytes.byteOffset % itemBytes === 0 ? bytes : new Uint8Array(bytes);
