import { createBettingGrid, logMeanExp, type BettingGrid } from './betting-grid.js';

/** Evidence that the risk has risen lately. Plain data: can be saved as JSON. */
export interface EDetector {
  readonly grid: BettingGrid;
  /** [bets] natural log of M_t of each bet. */
  readonly logEvidence: readonly number[];
  readonly logAlarm: number;
}

/**
 * Starts a detector of a rise above riskMax. Unlike the e-process it forgets: however long the risk
 * was low, a rise is seen as soon as after a fresh start.
 *
 *     M_t = max(M_{t-1}, 1) (1 + lambda (z_t - riskMax)), averaged over lambda; alarm at 1 / alpha
 *
 * @param options  riskMax in (0, 1); alpha in (0, 1]: while the risk is at most riskMax, the mean
 *                 number of rows to a false alarm is at least 1 / alpha.
 * @throws {RangeError} if either is outside.
 * @see Shin, Ramdas & Rinaldo 2023, "E-detectors", e-CUSUM, arXiv:2203.03532
 */
export function createEDetector(options: {
  readonly riskMax: number;
  readonly alpha: number;
}): EDetector {
  const { riskMax, alpha } = options;
  if (!(alpha > 0 && alpha <= 1)) throw new RangeError(`alpha must be in (0, 1], got ${alpha}`);
  const grid = createBettingGrid(riskMax);
  return { grid, logEvidence: grid.onAgree.map(() => 0), logAlarm: -Math.log(alpha) };
}

/** Takes one served holdout row. The given state is not modified. */
export function updateEDetector(state: EDetector, disagrees: boolean): EDetector {
  const gains = disagrees ? state.grid.onDisagree : state.grid.onAgree;
  const logEvidence = state.logEvidence.map((log, bet) => Math.max(log, 0) + gains[bet]!);
  return { ...state, logEvidence };
}

/**
 * Takes rows of one time at once, whose order says nothing.
 *
 *     M_t = max(M_{t-1}, 1) (1 + lambda (1 - riskMax))^k (1 - lambda riskMax)^(n - k)
 *
 * @param counts  n >= 1 rows, of which k, whole, disagree.
 */
export function updateByCounts(
  state: EDetector,
  counts: { readonly rows: number; readonly disagreements: number },
): EDetector {
  const { onDisagree, onAgree } = state.grid;
  const { rows, disagreements } = counts;
  const logEvidence = state.logEvidence.map(
    (log, bet) =>
      Math.max(log, 0) + disagreements * onDisagree[bet]! + (rows - disagreements) * onAgree[bet]!,
  );
  return { ...state, logEvidence };
}

export function isDetectorAlarmed({ logEvidence, logAlarm }: EDetector): boolean {
  return logMeanExp(logEvidence) >= logAlarm;
}
