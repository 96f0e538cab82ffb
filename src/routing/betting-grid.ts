/** Log factors by which each bet multiplies its wealth after one row; [bets] each. */
export interface BettingGrid {
  readonly onDisagree: readonly number[];
  readonly onAgree: readonly number[];
}

/**
 * Spreads bets lambda against "the risk is at most riskMax".
 *
 *     factor = 1 + lambda (z - riskMax),  z = 1 on disagreement, else 0; lambda in (0, 1 / riskMax)
 *
 * A bet grows fastest when the true risk is about (1 + lambda) riskMax. Lambdas are geometric, from
 * 1/8 (a risk a little too high, seen after long) to half of the greatest (a student that broke,
 * seen within a few rows). The largest halves at worst, so that no single row ruins a bet.
 *
 * @param riskMax  in (0, 1).
 * @throws {RangeError} if riskMax is outside (0, 1).
 */
export function createBettingGrid(riskMax: number): BettingGrid {
  if (!(riskMax > 0 && riskMax < 1))
    throw new RangeError(`riskMax must be in (0, 1), got ${riskMax}`);
  const lambdaMin = 1 / 8;
  const lambdaMax = 1 / (2 * riskMax);
  const lambdas = Array.from(
    { length: betCount },
    (_, bet) => lambdaMin * (lambdaMax / lambdaMin) ** (bet / (betCount - 1)),
  );
  return {
    onDisagree: lambdas.map((lambda) => Math.log1p(lambda * (1 - riskMax))),
    onAgree: lambdas.map((lambda) => Math.log1p(-lambda * riskMax)),
  };
}

/** A factor below 2 between neighbours at riskMax 0.5 %: some bet is always near the best one. */
const betCount = 12;

/** Log of the mean of exp(logs); [bets], finite, at least one. Safe from overflow. */
export function logMeanExp(logs: readonly number[]): number {
  const most = Math.max(...logs);
  const total = logs.reduce((sum, log) => sum + Math.exp(log - most), 0);
  return most + Math.log(total / logs.length);
}
