import { clopperPearsonUpper } from './clopper-pearson.js';
import {
  createEDetector,
  isDetectorAlarmed,
  updateByAgreeing,
  updateEDetector,
  type EDetector,
} from './e-detector.js';

/** A row that the student leaves to the teacher. */
export interface Escalation {
  readonly teacherLabel: number;
  readonly isOutOfScope: boolean;
}

/** Rows drawn at random, and what the student would leave to the teacher among them. */
export interface EscalationReference {
  readonly rows: number;
  readonly escalations: readonly Escalation[];
}

/** What has become more frequent than in the reference. */
export interface InputDrift {
  /** Escalations of any kind, of inputs out of scope, or of those with one teacher's label. */
  readonly of: 'escalation' | 'out-of-scope' | number;
  /** How many there were in the last rows, since they began to be many. */
  readonly seen: number;
  readonly rows: number;
  /** Among the rows of the reference. */
  readonly referenceSeen: number;
  readonly referenceRows: number;
}

/** Chance that one of the limits is below what it bounds, for one reference. */
const limitsDelta = 0.1;
/** While no share is above its limit: mean rows to a false alarm are at least 1 / alpha. */
const alpha = 1e-5;
/** Escalations, out of scope, and all labels together share both evenly. */
const familyCount = 3;

/**
 * Tells whether traffic has come to hold more of what the student cannot answer than the rows that
 * its threshold was certified on. No label of a row that the student answers is needed: a new kind
 * of input shows in the share of rows that it is unsure about, in those unlike its training rows,
 * or in the label that the teacher gives what is escalated.
 *
 *     u[k]   = Clopper-Pearson upper bound of the share of kind k in the reference
 *     alarm  as an e-detector of "the share of kind k is above u[k]" has it; kinds share alpha
 *
 * A test of inputs warns; whether answers have become worse only holdout rows can tell.
 *
 * @see Shin, Ramdas & Rinaldo 2023, "E-detectors", arXiv:2203.03532: an average of e-detectors is
 *      one, so that kinds may share alpha by weight; Podkopaev & Ramdas 2022, "Tracking the risk of
 *      a deployed model and detecting harmful distribution shifts", arXiv:2110.06177
 */
export class InputDriftTest {
  private rows = 0;
  private readonly ofAll: ShareTest | null;
  private readonly ofOutOfScope: ShareTest | null;
  private readonly ofLabels = new Map<number, ShareTest | null>();

  /**
   * @param reference   rows like those that the threshold was certified on.
   * @param labelCount  labels that the teacher has, >= 1.
   * @throws {RangeError} if the reference has more escalations than rows, or no row.
   */
  constructor(
    private readonly reference: EscalationReference,
    private readonly labelCount: number,
  ) {
    if (!(reference.rows >= 1)) throw new RangeError('the reference must have a row');
    this.ofAll = this.shareTest('escalation', () => true, 1);
    this.ofOutOfScope = this.shareTest('out-of-scope', ({ isOutOfScope }) => isOutOfScope, 1);
  }

  /** Takes rows that the student answers. */
  addSure(rows: number): void {
    this.rows += rows;
  }

  /** @returns what this row has shown to be more frequent, or null. */
  addEscalation({ teacherLabel, isOutOfScope }: Escalation): InputDrift | null {
    this.rows++;
    const ofLabel = this.ofLabel(teacherLabel)?.add(this.rows) ?? null;
    const ofStrangers = isOutOfScope ? (this.ofOutOfScope?.add(this.rows) ?? null) : null;
    const ofAll = this.ofAll?.add(this.rows) ?? null;
    return ofLabel ?? ofStrangers ?? ofAll;
  }

  private ofLabel(label: number): ShareTest | null {
    const known = this.ofLabels.get(label);
    if (known !== undefined) return known;
    const isOf = ({ teacherLabel }: Escalation): boolean => teacherLabel === label;
    const made = this.shareTest(label, isOf, this.labelCount);
    this.ofLabels.set(label, made);
    return made;
  }

  /** @returns null where the reference has so many that there cannot be more. */
  private shareTest(
    of: InputDrift['of'],
    isOf: (escalation: Escalation) => boolean,
    kinds: number,
  ): ShareTest | null {
    const { rows: trials, escalations } = this.reference;
    const successes = escalations.filter(isOf).length;
    const parts = familyCount * kinds;
    const shareMax = clopperPearsonUpper({ successes, trials }, limitsDelta / parts);
    if (shareMax >= 1) return null;
    const detector = createEDetector({ riskMax: shareMax, alpha: alpha / parts });
    return new ShareTest(detector, { of, referenceSeen: successes, referenceRows: trials });
  }
}

/** Whether one kind of row has become frequent. Rows of other kinds are counted when one comes. */
class ShareTest {
  private rowsTaken = 0;
  private seen = 0;
  /** Rows before those that the evidence speaks of. */
  private rowsBefore = 0;

  constructor(
    private detector: EDetector,
    private readonly told: Pick<InputDrift, 'of' | 'referenceSeen' | 'referenceRows'>,
  ) {}

  /** @param rows  of all kinds so far, this one of the kind included. */
  add(rows: number): InputDrift | null {
    this.detector = updateByAgreeing(this.detector, rows - 1 - this.rowsTaken);
    if (this.detector.logEvidence.every((log) => log <= 0)) {
      this.rowsBefore = rows - 1;
      this.seen = 0;
    }
    this.detector = updateEDetector(this.detector, true);
    this.rowsTaken = rows;
    this.seen++;
    if (!isDetectorAlarmed(this.detector)) return null;
    return { ...this.told, seen: this.seen, rows: rows - this.rowsBefore };
  }
}
