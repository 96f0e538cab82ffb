import type { CapturedRow } from '../capture/capture.js';
import { LabelShiftTest, type LabelShift } from '../routing/label-shift-test.js';
import { createRecentInputs } from './recent-inputs.js';

/**
 * An input counts again after so many others: a repeat proves nothing, but were it never counted,
 * what comes again and again would be in the reference alone.
 */
const inputsBetween = 100;

/** Brings holdout rows before the test of the teacher's labels. */
export class LabelMix {
  private readonly test: LabelShiftTest;
  private readonly recentInputs = createRecentInputs(inputsBetween);

  /** @param sinceMs  rows of requests up to then are of another mix, ms since the epoch. */
  constructor(
    readonly sinceMs: number,
    labelCount: number,
  ) {
    this.test = new LabelShiftTest(labelCount);
  }

  /** @returns what this holdout row has shown to be more frequent, or null. */
  take(row: Pick<CapturedRow, 'inputHash' | 'createdMs' | 'teacherLabel'>): LabelShift | null {
    const { inputHash, createdMs, teacherLabel } = row;
    const counts = createdMs > this.sinceMs && this.recentInputs.isNew(inputHash);
    return counts ? this.test.add(teacherLabel) : null;
  }

  /** Holdout labels are lost, of rows that the student is sure of first: the sample is skewed. */
  labelsLost(): void {
    this.test.forget();
  }
}
