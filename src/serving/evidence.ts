import type { CapturedRow } from '../capture/capture.js';
import { InvalidModelOutputError } from '../errors.js';
import { rateLogits } from '../routing/rate-logits.js';
import type { RatedRows } from '../routing/surest-first.js';
import { batchesOf } from '../student/batches-of.js';
import type { OnnxStudent } from '../student/onnx-student.js';

/** One holdout row held against a student. */
export interface HoldoutEvidence {
  /** Equal inputs have equal hashes: one input is one piece of evidence, however often it comes. */
  readonly inputHash: string;
  /** When its request came, ms since the epoch. */
  readonly createdMs: number;
  /** Of the student, by the score that its bundle names; in [0, 1]. */
  readonly confidence: number;
  /** Indices of the student's label and of the teacher's. */
  readonly label: number;
  readonly teacherLabel: number;
  /** The student's label differs from the teacher's. */
  readonly disagrees: boolean;
}

/** @returns the evidence of a row that this very student scored, or null for any other row. */
export function ownEvidenceOf(student: OnnxStudent, row: CapturedRow): HoldoutEvidence | null {
  if (row.studentLogits === null || row.studentVersion !== student.version) return null;
  return evidenceFrom(row, row.studentLogits, student);
}

/**
 * Holds rows against a student: logits that this very student gave at the time are used as they
 * are, rows of other students are scored again.
 *
 * @returns one piece of evidence for each row, in order.
 */
export async function evidenceOf(
  student: OnnxStudent,
  rows: readonly CapturedRow[],
): Promise<HoldoutEvidence[]> {
  const evidence = rows.map((row) => ownEvidenceOf(student, row));
  const unscored = rows.flatMap((row, index) => (evidence[index] === null ? [{ row, index }] : []));
  for (const batch of batchesOf(unscored)) {
    const logits = await answersOf(
      student,
      batch.map(({ row }) => row),
    );
    batch.forEach(({ row, index }, position) => {
      evidence[index] = evidenceFrom(row, logits[position]!, student);
    });
  }
  return evidence.map((piece) => piece!);
}

/** @throws {InvalidModelOutputError} naming the version and the row, whose input is in the log. */
async function answersOf(
  student: OnnxStudent,
  rows: readonly CapturedRow[],
): Promise<readonly Float32Array[]> {
  try {
    return await student.predict(rows.map(({ input }) => input));
  } catch (cause) {
    if (!(cause instanceof InvalidModelOutputError)) throw cause;
    const { version } = student;
    const { row: index } = cause.details;
    const row = rows[Number(index)]?.id;
    const where = row === undefined ? 'captured rows' : `the captured row ${row}`;
    throw new InvalidModelOutputError(
      `${version} can not answer ${where}: ${cause.message}`,
      { ...cause.details, version, ...(row === undefined ? {} : { row }) },
      { cause },
    );
  }
}

/** Evidence as statistics take it. */
export const ratedRowsOf = (evidence: readonly HoldoutEvidence[]): RatedRows => ({
  confidences: Float64Array.from(evidence, ({ confidence }) => confidence),
  disagrees: evidence.map(({ disagrees }) => disagrees),
});

function evidenceFrom(
  row: CapturedRow,
  logits: Float32Array,
  { manifest }: OnnxStudent,
): HoldoutEvidence {
  const { label, confidence } = rateLogits(logits, manifest.calibration);
  const { inputHash, createdMs, teacherLabel } = row;
  const disagrees = label !== teacherLabel;
  return { inputHash, createdMs, confidence, label, teacherLabel, disagrees };
}
