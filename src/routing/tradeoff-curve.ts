import type { IntervalJson } from '../http/api-types.js';
import type { TradeoffPlaceJson, TradeoffPointJson } from '../http/api-types-tradeoff.js';
import { clopperPearsonInterval, clopperPearsonUpper } from './clopper-pearson.js';
import { rankSurestFirst, type RankedRows, type RatedRows } from './surest-first.js';
import { isStart, quantileCuts, type Cut } from './threshold.js';

/** Rows that the thresholds of a curve do not decide: their labels have thresholds of their own. */
export interface RowsApart {
  readonly given: number;
  /** Of those: answered by the student, and disagreements among them. */
  readonly rows: number;
  readonly disagreements: number;
}

export interface TradeoffQuestion extends RatedRows {
  readonly apart: RowsApart;
  /** What the student answers now, or null: a place of its own beside the curve. */
  readonly inForce: Cut | null;
  /** Chance with which the next fit may be wrong, in (0, 1): targets rest on it. */
  readonly fitDelta: number;
  /** Least target that may be set, or that a fit would be tried for with so many rows. */
  readonly riskMaxMin: number;
  /** A lower target is refused: no student could keep it; in [0, 1). */
  readonly riskFloor: number;
  /** No lower threshold is ever certified; 0: any may be, Infinity: none. */
  readonly thresholdMin: number;
  /** Chance that an interval misses the truth, in (0, 1); half of it on each side. */
  readonly intervalDelta: number;
  readonly prices: TradeoffPrices;
}

export interface TradeoffPrices {
  /** US dollars a row. */
  readonly teacherCostPerRowUsd: number;
  readonly studentCostPerRowUsd: number;
  /** Share of the rows that the student answers which the teacher labels all the same. */
  readonly labelledShare: number;
}

export interface TradeoffCurve {
  /** Strictest threshold first. */
  readonly points: readonly TradeoffPointJson[];
  readonly inForce: TradeoffPlaceJson | null;
}

/**
 * Shows what each threshold would give: how much the student answers, how much of that differs from
 * the teacher, what it costs, and the target that would bring it about.
 *
 *     coverage    n_j / n           n rows, n_j answered at t_j, k_j of these disagree
 *     risk        k_j / n_j
 *     agreement   1 - k_j / n       of all answers: where the student is unsure the teacher answers
 *     target      min { r : the walk of `fitThreshold` at riskMax r comes to t_j, or past it }
 *
 * A row is answered at t_j when its confidence is t_j or more; rows `apart` as they are, whatever
 * t_j is. Thresholds are every fourth of those that a fit tries. Intervals are exact for one
 * threshold; the true curve may leave the band somewhere more often than `intervalDelta` says.
 * Targets are whole hundredths of a percent. O(n log n) in rows; at most 50 points.
 *
 * @throws {RangeError} if lengths differ, a confidence is not finite, or a chance not in (0, 1).
 * @see Geifman & El-Yaniv 2017, "Selective classification", risk-coverage curve, arXiv:1705.08500
 */
export function tradeoffCurve(question: TradeoffQuestion): TradeoffCurve {
  const ranked = rankSurestFirst(question);
  const { apart, inForce, fitDelta, riskMaxMin, riskFloor, thresholdMin } = question;
  const cuts = quantileCuts(ranked).map((cut) => ({ cut, ...withApart(cut, apart) }));
  const steps = cuts
    .filter(({ cut }) => cut.threshold >= thresholdMin)
    .map(({ cut }) => stepOf(cut, ranked, fitDelta));
  const targets = leastTargets(steps, riskMaxMin);
  const rows = ranked.order.length + apart.given;
  const shown = new Set(quantileCuts(ranked, pointsMax).map(({ threshold }) => threshold));
  const pointOf = (answered: Cut, j: number): TradeoffPointJson => {
    const place = placeOf(answered, rows, question);
    const riskMax = targets[j] ?? null;
    const refusal = refusalOf(riskMax, riskFloor);
    if (riskMax === null || refusal !== null) return { ...place, target: null, refusal };
    const coverage = cuts[walkEnd(steps, riskMax)]!.rows / rows;
    return { ...place, target: { riskMax, coverage }, refusal };
  };
  return {
    points: cuts.flatMap((cut, j) => (shown.has(cut.threshold) ? [pointOf(cut, j)] : [])),
    inForce: inForce && placeOf(inForce, rows, question),
  };
}

/** A part of what a fit tries: each of these is one of those. */
const pointsMax = 50;

const withApart = ({ threshold, rows, disagreements }: Cut, apart: RowsApart): Cut => ({
  threshold,
  rows: rows + apart.rows,
  disagreements: disagreements + apart.disagreements,
});

/** @param riskMax  the least target of a point; null: its threshold is too low for any. */
function refusalOf(riskMax: number | null, riskFloor: number): TradeoffPointJson['refusal'] {
  if (riskMax === null) return 'label-missed';
  if (riskMax >= 1) return 'too-few-rows';
  return riskMax < riskFloor ? 'below-floor' : null;
}

/**
 * Finds the least target that a fit of these rows passes, wherever it ends.
 *
 * @returns  in whole hundredths of a percent; 1 where none does.
 */
export function leastTarget(
  rows: RatedRows,
  { fitDelta, riskMaxMin }: Pick<TradeoffQuestion, 'fitDelta' | 'riskMaxMin'>,
): number {
  const ranked = rankSurestFirst(rows);
  const steps = quantileCuts(ranked).map((cut) => stepOf(cut, ranked, fitDelta));
  return leastTargets(steps, riskMaxMin)[0] ?? 1;
}

function placeOf(
  { threshold, rows, disagreements }: Cut,
  rowsGiven: number,
  { intervalDelta, prices }: TradeoffQuestion,
): TradeoffPlaceJson {
  const of = (successes: number, trials: number): IntervalJson => ({
    estimate: trials === 0 ? 0 : successes / trials,
    ...clopperPearsonInterval({ successes, trials }, intervalDelta),
    rows: trials,
  });
  const coverage = of(rows, rowsGiven);
  const { teacherCostPerRowUsd, studentCostPerRowUsd, labelledShare } = prices;
  const teacherShare = 1 - coverage.estimate * (1 - labelledShare);
  return {
    threshold,
    coverage,
    risk: of(disagreements, rows),
    agreement: of(rowsGiven - disagreements, rowsGiven),
    teacherShare,
    costUsdPer1000Rows: 1000 * (teacherShare * teacherCostPerRowUsd + studentCostPerRowUsd),
  };
}

/** One threshold of a fit's walk, which tries it from target `triedFrom` up. */
interface Step {
  readonly triedFrom: number;
  /** It passes from this target up. */
  readonly passesFrom: number;
}

/** The two rules of `fitThreshold`, solved for riskMax: both are tails of the same binomial. */
function stepOf(
  { rows, disagreements }: Cut,
  { order: { length: rowsGiven } }: Pick<RankedRows, 'order'>,
  delta: number,
): Step {
  const upper = (count: number, trials: number): number =>
    clopperPearsonUpper({ successes: Math.min(count, trials), trials }, delta);
  // One row sets the threshold. `rowsMinFor` of a target is one less than its `rowsMin`.
  const [enough, twice] = [rows - 1, Math.max(1, Math.floor(rows / 2) - 1)];
  const isEnough = isStart(rows, rows, rowsGiven);
  return {
    triedFrom: upper(2, isEnough ? enough : twice),
    passesFrom: upper(disagreements, enough),
  };
}

/** For each threshold the least target whose walk comes to it, or past it; 1 where none does. */
function leastTargets(steps: readonly Step[], riskMaxMin: number): number[] {
  const targets = steps.map((_, j) => leastTargetOf(steps, j, riskMaxMin));
  for (let j = targets.length - 2; j >= 0; j--) targets[j] = Math.min(targets[j]!, targets[j + 1]!);
  return targets;
}

/**
 * A stricter threshold that is tried and fails ends the walk before j. `triedFrom` falls with j: a
 * target that is raised for one of them fails none of those between it and j.
 */
function leastTargetOf(steps: readonly Step[], j: number, riskMaxMin: number): number {
  const own = steps[j]!;
  let riskMax = roundedUp(Math.max(own.triedFrom, own.passesFrom, riskMaxMin));
  for (let i = j - 1; i >= 0 && steps[i]!.triedFrom <= riskMax; i--)
    if (steps[i]!.passesFrom > riskMax) riskMax = roundedUp(steps[i]!.passesFrom);
  return riskMax;
}

/** The last threshold that passes at a target: where one passes, later ones may pass too. */
function walkEnd(steps: readonly Step[], riskMax: number): number {
  const tried = steps.findIndex(({ triedFrom }) => triedFrom <= riskMax);
  const failed = steps.findIndex((step, j) => j >= tried && step.passesFrom > riskMax);
  return (failed === -1 ? steps.length : failed) - 1;
}

/** To a hundredth of a percent. */
const roundedUp = (share: number): number => Math.ceil(share * 10_000) / 10_000;
