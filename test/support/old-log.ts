import type { CapturedRow, StoredRow, TeacherCheck } from '../../src/capture/capture.js';
import { capturedRow } from './captured-row.js';

/** The row that was erased since, and the hash of its input, which was held out. */
export const goneId = 'gone';
export const goneHash = 'b'.repeat(32);
/** Of a row that is not to come again. */
export const erasedId = 'erased';

/**
 * Rows that a gateway of an older version appended to its log.
 *
 * @param isNew  it knew of subjects, sources and what is kept of an input, and wrote down what the
 *               student said.
 */
export function oldRows(isNew: boolean): readonly CapturedRow[] {
  const student = isNew ? {} : { studentLabel: null, studentLatencyMs: null };
  const kept = isNew ? ({ subject: 'ann', inputKept: 'redacted' } as const) : {};
  return [
    capturedRow({ id: 'first', ...student, ...kept }),
    capturedRow({ id: goneId, isHoldout: true, inputHash: goneHash, ...student }),
    capturedRow({
      ...{ id: 'nulls', studentLogits: null, teacherProbabilities: null, client: null },
      ...{ studentLabel: null, studentLatencyMs: null, source: isNew ? 'import' : 'traffic' },
    }),
    capturedRow({ id: 'held', isHoldout: true, inputHash: 'a'.repeat(32), ...student }),
    capturedRow({ id: 'twin', inputHash: 'a'.repeat(32), ...student }),
  ];
}

/** Those that are left of them, as they are to be read. */
export function storedRows({ isNew }: { readonly isNew: boolean }): readonly StoredRow[] {
  const stored = oldRows(isNew).map((row, place) => {
    const feedback = isNew && row.id === 'first' ? oldFeedback : null;
    return { ...row, sequence: place + 1, feedback };
  });
  return stored.filter(({ id }) => id !== goneId);
}

const oldFeedback = { label: 0, origin: 'review', givenMs: 1_700_000_000_500 } as const;
export const feedbackColumns = ['task', 'row_id', 'label', 'origin', 'given_ms', 'client'] as const;
export const feedbackCells = ['digits', 'first', 0, 'review', oldFeedback.givenMs, 'ben'] as const;

export const oldCheck: TeacherCheck = {
  ...{ task: 'digits', teacherVersion: 't1-aaaaaaaa', rowId: 'held', inputHash: 'a'.repeat(32) },
  ...{ rowCreatedMs: 1_700_000_000_000, confidence: 0.1 + 0.2, checkedMs: 1_700_000_000_123.25 },
  ...{ label: 1, newLabels: [1, 0], costUsd: 1e-12 },
};
