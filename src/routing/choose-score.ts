import { rateLogits, scoreNames, type ScoreName } from './rate-logits.js';
import { areaUnderRiskCoverage, resampledArea } from './risk-coverage.js';
import { rankSurestFirst, type RatedRows } from './surest-first.js';

export interface ScoreChoice {
  readonly score: ScoreName;
  /** Area under the risk-coverage curve of each score, in [0, 1]; null: too few rows to choose. */
  readonly areas: Readonly<Record<ScoreName, number>> | null;
}

/**
 * Chooses the score to route by: the one with the least area under the risk-coverage curve, if it
 * beats the top probability beyond chance; otherwise the top probability, which people can read.
 *
 * Beyond chance: lower in so many rounds of a paired bootstrap that all other scores together are
 * mistaken for better in 5 % of cases (Bonferroni).
 *
 * @param logits   [rows][classes] validation rows: neither trained on nor holdout rows, whose use
 *                 here would spoil the certificate.
 * @param labels   [rows] the teacher's.
 * @param options  temperature: of the softmax; draw: uniform in [0, 1), for the bootstrap.
 * @throws {RangeError} if there is not one label a row.
 */
export function chooseScore(
  logits: readonly Float32Array[],
  labels: readonly number[],
  { temperature, draw }: { readonly temperature: number; readonly draw: () => number },
): ScoreChoice {
  if (logits.length !== labels.length)
    throw new RangeError(`${logits.length} rows need as many labels, got ${labels.length}`);
  const rowsBy = (score: ScoreName): RatedRows => {
    const rated = logits.map((row) => rateLogits(row, { temperature, score }));
    return {
      confidences: Float64Array.from(rated, ({ confidence }) => confidence),
      disagrees: rated.map(({ label }, row) => label !== labels[row]),
    };
  };
  const byDefault = rowsBy('top-probability');
  const wrongRows = byDefault.disagrees.filter(Boolean).length;
  if (wrongRows < wrongRowsMin) return { score: 'top-probability', areas: null };

  const rows = new Map(scoreNames.map((score) => [score, rowsBy(score)]));
  const areas = Object.fromEntries(
    [...rows].map(([score, rated]) => [score, areaUnderRiskCoverage(rated)]),
  ) as Record<ScoreName, number>;
  const best = scoreNames.reduce((least, score) => (areas[score] < areas[least] ? score : least));
  const isClear = best !== 'top-probability' && isLower(rows.get(best)!, byDefault, draw);
  return { score: isClear ? best : 'top-probability', areas };
}

/** The curve is made by the rows that are wrong: fewer of them say nothing about its shape. */
const wrongRowsMin = 10;
const bootstrapRounds = 1000;
/** 5 % shared by the scores that may be chosen against the top probability. */
const significance = 0.05 / (scoreNames.length - 1);

/** Whether the candidate's area is below the other's in nearly all rounds of a paired bootstrap. */
function isLower(candidate: RatedRows, other: RatedRows, draw: () => number): boolean {
  const [ours, theirs] = [rankSurestFirst(candidate), rankSurestFirst(other)];
  const rowCount = ours.order.length;
  const counts = new Uint32Array(rowCount);
  let lowerRounds = 0;
  for (let round = 0; round < bootstrapRounds; round++) {
    counts.fill(0);
    for (let drawn = 0; drawn < rowCount; drawn++) counts[Math.floor(draw() * rowCount)]!++;
    if (resampledArea(ours, counts) < resampledArea(theirs, counts)) lowerRounds++;
  }
  return lowerRounds / bootstrapRounds >= 1 - significance;
}
