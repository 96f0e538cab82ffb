import { ShareTest, type Rise } from './share-test.js';

/** A label that the teacher gives more often than in the reference. */
export interface LabelShift extends Rise {
  readonly label: number;
  /** Rows of the reference with that label. */
  readonly referenceSeen: number;
  readonly referenceRows: number;
}

/** Rows of the reference. Of 500, chance alone hides a label that was given to one in a hundred. */
export const labelReferenceRows = 500;
/** Chance that the limit of one of the labels is below its share, for one reference. */
const limitsDelta = 0.1;
/** While none is: mean rows to a false alarm are 1 / alpha. */
const alpha = 1e-4;

/**
 * Tells whether the teacher has come to give a label more often than at first, on rows drawn at
 * random from all traffic. It knows of no student and no threshold: whoever is promoted meanwhile,
 * it goes on. A label that becomes rarer makes others more frequent.
 *
 * The first rows are the reference, and bound the share of each label; each has a `ShareTest`.
 *
 *     H0: labels are exchangeable;  P(false alarm within t rows) <= limitsDelta + t alpha
 *
 * Exchangeable labels are independent ones whose shares were drawn before. With those given all
 * limits hold together but for limitsDelta, and then each label comes in each row with a chance
 * under its limit, whatever came before: the mean of the labels' evidence is an e-detector, and is
 * 1 / alpha where one label's is labelCount / alpha. Rejected: a conformal test, which needs no
 * limits; new rows soon pass for old ones in it, and its bets may not follow what has come lately.
 *
 * @see Shin, Ramdas & Rinaldo 2023, "E-detectors", arXiv:2203.03532
 */
export class LabelShiftTest {
  /** [labels] rows of the reference. */
  private readonly reference: number[];
  private referenceRows = 0;
  private rows = 0;
  private readonly shares = new Map<number, ShareTest | null>();

  /** @param labelCount  labels that the teacher has, >= 1. */
  constructor(private readonly labelCount: number) {
    this.reference = new Array<number>(labelCount).fill(0);
  }

  /**
   * @param label  of the next row, the teacher's: an index below labelCount.
   * @returns      that it has become more frequent, or null.
   */
  add(label: number): LabelShift | null {
    if (this.referenceRows < labelReferenceRows) {
      this.reference[label]!++;
      this.referenceRows++;
      return null;
    }
    this.rows++;
    const piece = { rows: 1, rowsWithIt: this.rows };
    const rise = this.shareTest(label)?.add(1, piece) ?? null;
    const { referenceRows } = this;
    return rise && { label, ...rise, referenceSeen: this.reference[label]!, referenceRows };
  }

  /** Throws away what was seen since the reference. */
  forget(): void {
    this.shares.clear();
  }

  private shareTest(label: number): ShareTest | null {
    const known = this.shares.get(label);
    if (known !== undefined) return known;
    const { labelCount } = this;
    const made = ShareTest.open(
      { successes: this.reference[label]!, trials: this.referenceRows },
      { limitDelta: limitsDelta / labelCount, alpha: alpha / labelCount, piecesLeftOut: 0 },
    );
    this.shares.set(label, made);
    return made;
  }
}
