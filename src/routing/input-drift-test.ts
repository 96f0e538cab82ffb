import { clopperPearsonUpper } from './clopper-pearson.js';
import {
  createEDetector,
  isDetectorAlarmed,
  updateByCounts,
  type EDetector,
} from './e-detector.js';

/** A row that the student leaves to the teacher. */
export interface Escalation {
  readonly teacherLabel: number;
  readonly isOutOfScope: boolean;
}

/** Rows drawn at random, or of one time, and what the student leaves to the teacher of them. */
export interface Escalations {
  /** The others too. */
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
/** While no share is above its limit: mean pieces of traffic to a false alarm are 1 / alpha. */
const alpha = 1e-5;
/** Escalations, out of scope, and all labels together share both evenly. */
const familyCount = 3;
/** What one client sends at once is no change of the traffic: so many pieces count for nothing. */
const piecesLeftOut = 2;

/**
 * Tells whether traffic has come to hold more of what the student cannot answer than the rows that
 * its threshold was certified on. No label of a row that the student answers is needed: a new kind
 * of input shows in the share of rows that it is unsure about, in those unlike its training rows,
 * or in the label that the teacher gives what is escalated.
 *
 * Traffic is taken in piece by piece, each of all rows of one time: in which order they were
 * answered says nothing, for escalated ones come late, and often together.
 *
 *     u[k]    = Clopper-Pearson upper bound of the share of kind k in the reference
 *     M[k]    = max(M[k], 1) (1 + lambda (1 - u[k]))^s (1 - lambda u[k])^(n - s)
 *               for each piece of n rows, s of them of kind k; averaged over lambda
 *     alarm   as M[k], but for the two pieces that raised it most, is 1 / alpha[k]; kinds share
 *             alpha
 *
 * @see Shin, Ramdas & Rinaldo 2023, "E-detectors", arXiv:2203.03532: an average of e-detectors is
 *      one, so that kinds may share alpha by weight; Podkopaev & Ramdas 2022, "Tracking the risk of
 *      a deployed model and detecting harmful distribution shifts", arXiv:2110.06177
 */
export class InputDriftTest {
  private rows = 0;
  private readonly shares = new Map<InputDrift['of'], ShareTest | null>();

  /**
   * @param reference   rows like those that the threshold was certified on.
   * @param labelCount  labels that the teacher has, >= 1.
   * @throws {RangeError} if the reference has more escalations than rows, or no row.
   */
  constructor(
    private readonly reference: Escalations,
    private readonly labelCount: number,
  ) {
    if (!(reference.rows >= 1)) throw new RangeError('the reference must have a row');
    this.shareTest('escalation');
  }

  /** @returns what this piece of traffic has shown to be more frequent, or null. */
  add({ rows, escalations }: Escalations): InputDrift | null {
    this.rows += rows;
    const seen = new Map<InputDrift['of'], number>();
    const see = (of: InputDrift['of']): void => void seen.set(of, (seen.get(of) ?? 0) + 1);
    for (const { teacherLabel, isOutOfScope } of escalations) {
      see(teacherLabel);
      if (isOutOfScope) see('out-of-scope');
      see('escalation');
    }
    const piece = { rows, rowsWithIt: this.rows };
    const drifts = [...seen].map(([of, count]) => this.shareTest(of)?.add(count, piece) ?? null);
    return drifts.find((drift) => drift !== null) ?? null;
  }

  /** @returns null where the reference has so many that there cannot be more. */
  private shareTest(of: InputDrift['of']): ShareTest | null {
    const known = this.shares.get(of);
    if (known !== undefined) return known;
    const { rows: trials, escalations } = this.reference;
    const successes = escalations.filter((escalation) => isOf(escalation, of)).length;
    const parts = familyCount * (typeof of === 'number' ? this.labelCount : 1);
    const shareMax = clopperPearsonUpper({ successes, trials }, limitsDelta / parts);
    const told = { of, referenceSeen: successes, referenceRows: trials };
    const made = shareMax < 1 ? new ShareTest({ shareMax, alpha: alpha / parts }, told) : null;
    this.shares.set(of, made);
    return made;
  }
}

const isOf = ({ teacherLabel, isOutOfScope }: Escalation, of: InputDrift['of']): boolean =>
  of === 'escalation' || (of === 'out-of-scope' ? isOutOfScope : teacherLabel === of);

/** Whether one kind of row has become frequent. Pieces without any are counted with the next. */
class ShareTest {
  private detector: EDetector;
  private rowsTaken = 0;
  private seen = 0;
  /** [bets][pieces left out] greatest gains of a piece since the evidence began, descending. */
  private gains: readonly (readonly number[])[] = [];
  /** Rows before those that the evidence speaks of. */
  private rowsBefore = 0;

  constructor(
    { shareMax, alpha }: { readonly shareMax: number; readonly alpha: number },
    private readonly told: Pick<InputDrift, 'of' | 'referenceSeen' | 'referenceRows'>,
  ) {
    this.detector = createEDetector({ riskMax: shareMax, alpha });
  }

  /** @param piece  rowsWithIt: of all pieces so far, this one included. */
  add(seen: number, piece: { readonly rows: number; readonly rowsWithIt: number }) {
    const rowsBefore = piece.rowsWithIt - piece.rows;
    const without = rowsBefore - this.rowsTaken;
    if (without > 0)
      this.detector = updateByCounts(this.detector, { rows: without, disagreements: 0 });
    const before = this.detector.logEvidence;
    if (before.every((log) => log <= 0)) {
      this.rowsBefore = rowsBefore;
      this.seen = 0;
    }
    this.detector = updateByCounts(this.detector, { rows: piece.rows, disagreements: seen });
    this.gains = this.detector.logEvidence.map((log, bet) => {
      const kept = before[bet]! > 0 ? (this.gains[bet] ?? []) : [];
      return [...kept, log - Math.max(before[bet]!, 0)].sort((a, b) => b - a);
    });
    this.gains = this.gains.map((gains) => gains.slice(0, piecesLeftOut));
    this.rowsTaken = piece.rowsWithIt;
    this.seen += seen;
    if (!isDetectorAlarmed(this.withoutGreatest())) return null;
    return { ...this.told, seen: this.seen, rows: piece.rowsWithIt - this.rowsBefore };
  }

  private withoutGreatest(): EDetector {
    const logEvidence = this.detector.logEvidence.map(
      (log, bet) => log - this.gains[bet]!.reduce((sum, gain) => sum + Math.max(0, gain), 0),
    );
    return { ...this.detector, logEvidence };
  }
}
