import { createBettingGrid, logMeanExp, type BettingGrid } from './betting-grid.js';

/** Wealth of a gambler who bets that the risk is above riskMax. Plain data: JSON keeps it. */
export interface EProcess {
  readonly grid: BettingGrid;
  /** [bets] natural log of each bet's wealth. */
  readonly logWealths: readonly number[];
}

/**
 * Starts a test of "the risk is at most riskMax" that may be looked at after every row.
 *
 *     K_t = mean over lambda of  prod_{s <= t} (1 + lambda (z_s - riskMax))
 *
 * While each row disagrees with chance at most riskMax given the rows before it, K_t is a
 * non-negative supermartingale from 1. Nothing else is assumed, so the threshold in force may
 * change on the way without a new start.
 *
 * @param options  riskMax in (0, 1).
 * @see Waudby-Smith & Ramdas 2024, "Estimating means of bounded random variables by betting",
 *      arXiv:2010.09686
 */
export function createEProcess({ riskMax }: { readonly riskMax: number }): EProcess {
  const grid = createBettingGrid(riskMax);
  return { grid, logWealths: grid.onAgree.map(() => 0) };
}

/** Takes one served holdout row. The given state is not modified. */
export function updateEProcess({ grid, logWealths }: EProcess, disagrees: boolean): EProcess {
  const gains = disagrees ? grid.onDisagree : grid.onAgree;
  return { grid, logWealths: logWealths.map((wealth, bet) => wealth + gains[bet]!) };
}

/**
 * Tells whether the wealth is 1 / delta or more now. Asked after each row, it is ever true with
 * probability at most delta while the risk holds (Ville's inequality).
 *
 * @throws {RangeError} if delta is outside (0, 1].
 */
export function isProcessAlarmed({ logWealths }: EProcess, delta: number): boolean {
  if (!(delta > 0 && delta <= 1)) throw new RangeError(`delta must be in (0, 1], got ${delta}`);
  return logMeanExp(logWealths) >= -Math.log(delta);
}
