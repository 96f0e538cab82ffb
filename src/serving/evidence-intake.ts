import type { CapturedRow } from '../capture/capture.js';
import { holdoutUseOf } from '../distillation/holdout-use.js';
import type { OnnxStudent } from '../student/onnx-student.js';
import type { Slot } from '../student/student-slot.js';
import { isServedHoldout, isUnasked } from './captured-row.js';
import { evidenceOf, ownEvidenceOf, type HoldoutEvidence } from './evidence.js';
import type { Guarantee } from './guarantee.js';

export interface EvidenceIntakeParts {
  readonly slot: Slot<OnnxStudent>;
  readonly guarantee: Guarantee;
  /** Runs work after all changes of the student that were asked for before. */
  readonly inTurn: (work: () => Promise<void>) => Promise<void>;
  /** Called when rows could not be scored: they are then missing from the evidence of now. */
  readonly onEvidenceLost: (rows: number, error: unknown) => void;
}

export interface EvidenceIntake {
  /** Takes in rows that have just reached the disk. */
  take(rows: readonly CapturedRow[]): void;
  /**
   * From now on remembers the rows that come, while a student is held against those read before.
   *
   * @returns a function that takes the remembered rows in once more, under what is bound then.
   */
  rememberLate(): () => void;
}

/** Brings holdout rows before the guarantee, each held against the student that serves. */
export function createEvidenceIntake(parts: EvidenceIntakeParts): EvidenceIntake {
  const { slot, guarantee } = parts;
  let lateRows: CapturedRow[] | null = null;

  /** @param options  isReplay: the watch has counted these rows already, when they came. */
  function observe(rows: readonly CapturedRow[], { isReplay }: { isReplay: boolean }): void {
    const holdout = rows.filter(({ isHoldout }) => isHoldout);
    lateRows?.push(...holdout);
    const student = slot.peek();
    if (student === null || holdout.length === 0) return;
    const foreign: CapturedRow[] = [];
    for (const row of holdout) {
      const evidence = ownEvidenceOf(student, row);
      if (evidence === null) foreign.push(row);
      else bring(row, evidence, { isNew: !isReplay, isServed: !isReplay && isServedHoldout(row) });
    }
    if (foreign.length === 0) return;
    void parts.inTurn(() => observeForeign(foreign, { isReplay })).catch(() => {});
  }

  /**
   * Rows that another version answered, or the teacher without a look at the student: scored by the
   * one that serves now. The watch counts the latter, for a change that comes in mode `teacher` is
   * one for the mode after it.
   */
  async function observeForeign(
    rows: readonly CapturedRow[],
    { isReplay }: { isReplay: boolean },
  ): Promise<void> {
    const lease = slot.acquire();
    if (lease === null) return;
    try {
      const evidence = await evidenceOf(lease.value, rows);
      if (slot.peek() !== lease.value) return; // The next version reads them from the log.
      rows.forEach((row, index) => {
        const isServed = !isReplay && isUnasked(row);
        bring(row, evidence[index]!, { isNew: false, isServed });
      });
    } catch (error) {
      parts.onEvidenceLost(rows.length, error);
    } finally {
      lease.release();
    }
  }

  function bring(
    row: CapturedRow,
    evidence: HoldoutEvidence,
    watched: { readonly isNew: boolean; readonly isServed: boolean },
  ): void {
    const certifies = holdoutUseOf(row.inputHash) === 'certify';
    guarantee.observe(evidence, { ...watched, certifies });
  }

  return {
    take: (rows) => observe(rows, { isReplay: false }),
    rememberLate() {
      lateRows = [];
      return () => {
        const late = lateRows ?? [];
        lateRows = null;
        observe(late, { isReplay: true });
      };
    },
  };
}
