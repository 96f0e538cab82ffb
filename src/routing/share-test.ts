import { clopperPearsonUpper } from './clopper-pearson.js';
import {
  createEDetector,
  isDetectorAlarmed,
  updateByCounts,
  type EDetector,
} from './e-detector.js';

/** Rows of one kind among the rows since they began to be many. */
export interface Rise {
  readonly seen: number;
  readonly rows: number;
}

/**
 * Tells whether one kind of row has become more frequent than in a reference. Traffic is taken in
 * piece by piece, each of all rows of one time. Pieces without any are counted with the next.
 *
 *     u      = Clopper-Pearson upper bound of the kind's share in the reference
 *     M      = max(M, 1) (1 + lambda (1 - u))^s (1 - lambda u)^(n - s)
 *              for each piece of n rows, s of them of the kind; averaged over lambda
 *     alarm  as M, but for the `piecesLeftOut` that raised it most, is 1 / alpha
 *
 * @see Shin, Ramdas & Rinaldo 2023, "E-detectors", arXiv:2203.03532; Podkopaev & Ramdas 2022,
 *      "Tracking the risk of a deployed model and detecting harmful distribution shifts",
 *      arXiv:2110.06177
 */
export class ShareTest {
  private detector: EDetector;
  private rowsTaken = 0;
  private seen = 0;
  /** [bets][pieces left out] greatest gains of a piece since the evidence began, descending. */
  private gains: readonly (readonly number[])[] = [];
  /** Rows before those that the evidence speaks of. */
  private rowsBefore = 0;

  private constructor(
    limit: { readonly riskMax: number; readonly alpha: number },
    private readonly piecesLeftOut: number,
  ) {
    this.detector = createEDetector(limit);
  }

  /**
   * @param reference  `trials` >= 1 rows, of which `successes` were of the kind.
   * @param options    limitDelta: chance that u is below the true share; alpha: while it is not,
   *                   the mean number of pieces to a false alarm is at least 1 / alpha.
   * @returns          null where the reference has so many that there cannot be more.
   */
  static open(
    reference: { readonly successes: number; readonly trials: number },
    options: {
      readonly limitDelta: number;
      readonly alpha: number;
      readonly piecesLeftOut: number;
    },
  ): ShareTest | null {
    const { limitDelta, alpha, piecesLeftOut } = options;
    const riskMax = clopperPearsonUpper(reference, limitDelta);
    return riskMax < 1 ? new ShareTest({ riskMax, alpha }, piecesLeftOut) : null;
  }

  /**
   * @param seen   >= 1 rows of the kind.
   * @param piece  rows: of it; rowsWithIt: of all pieces so far, this one included.
   * @returns      what the alarm is about, or null.
   */
  add(seen: number, piece: { readonly rows: number; readonly rowsWithIt: number }): Rise | null {
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
    this.gains = this.gains.map((gains) => gains.slice(0, this.piecesLeftOut));
    this.rowsTaken = piece.rowsWithIt;
    this.seen += seen;
    if (!isDetectorAlarmed(this.withoutGreatest())) return null;
    return { seen: this.seen, rows: piece.rowsWithIt - this.rowsBefore };
  }

  private withoutGreatest(): EDetector {
    const logEvidence = this.detector.logEvidence.map(
      (log, bet) => log - this.gains[bet]!.reduce((sum, gain) => sum + Math.max(0, gain), 0),
    );
    return { ...this.detector, logEvidence };
  }
}
