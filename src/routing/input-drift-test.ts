import { ShareTest, type Rise } from './share-test.js';

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
export interface InputDrift extends Rise {
  /** Escalations of any kind, of inputs out of scope, or of those with one teacher's label. */
  readonly of: 'escalation' | 'out-of-scope' | number;
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
 * Each kind has a `ShareTest`; kinds share alpha.
 *
 * @see Shin, Ramdas & Rinaldo 2023, "E-detectors", arXiv:2203.03532: an average of e-detectors is
 *      one, so that kinds may share alpha by weight
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
    const drifts = [...seen].map(([of, count]) => {
      const rise = this.shareTest(of)?.add(count, piece) ?? null;
      return rise && { of, ...rise, ...this.told(of) };
    });
    return drifts.find((drift) => drift !== null) ?? null;
  }

  private shareTest(of: InputDrift['of']): ShareTest | null {
    const known = this.shares.get(of);
    if (known !== undefined) return known;
    const { referenceSeen: successes, referenceRows: trials } = this.told(of);
    const parts = familyCount * (typeof of === 'number' ? this.labelCount : 1);
    const chances = { limitDelta: limitsDelta / parts, alpha: alpha / parts };
    const made = ShareTest.open({ successes, trials }, { ...chances, piecesLeftOut });
    this.shares.set(of, made);
    return made;
  }

  private told(of: InputDrift['of']): Pick<InputDrift, 'referenceSeen' | 'referenceRows'> {
    const { rows: referenceRows, escalations } = this.reference;
    return { referenceSeen: escalations.filter((row) => isOf(row, of)).length, referenceRows };
  }
}

const isOf = ({ teacherLabel, isOutOfScope }: Escalation, of: InputDrift['of']): boolean =>
  of === 'escalation' || (of === 'out-of-scope' ? isOutOfScope : teacherLabel === of);
