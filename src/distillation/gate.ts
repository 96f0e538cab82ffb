import type { EvaluationJson, GateJson } from '../http/api-types.js';
import { agreementInterval } from '../routing/agreement-interval.js';
import { compareCoverage, coverageAtRisk } from '../routing/coverage-comparison.js';
import { mcnemar } from '../routing/mcnemar.js';
import { percent } from '../task/percent.js';

/** One row as a model saw it: how sure, and whether its label was the expected one. */
export interface ScoredRow {
  readonly confidence: number;
  /** Equal to the teacher's label (holdout rows) or to the true one (golden rows). */
  readonly isRight: boolean;
}

export interface ModelScores {
  readonly version: string;
  readonly isFinite: boolean;
  /** Holdout rows kept for choosing, the same ones for candidate and incumbent. */
  readonly choosing: readonly ScoredRow[];
  readonly golden: readonly ScoredRow[];
  readonly runMsP99: number;
  readonly modelBytes: number;
}

export interface GateLimits {
  readonly riskMax: number;
  readonly delta: number;
  readonly runMsP99Max: number;
  readonly modelBytesMax: number;
  /** Uniform in [0, 1): for the bootstrap. */
  readonly draw: () => number;
}

/** A difference this unlikely by chance alone counts as real: one-sided, per gate. */
const significance = 0.05;
const bootstrapRounds = 1000;

/**
 * Judges a candidate beside the incumbent on rows that neither was trained on. Every gate must
 * hold; each says its numbers. A gate that compares passes without an incumbent.
 */
export function judgeCandidate(
  candidate: ModelScores,
  incumbent: ModelScores | null,
  limits: GateLimits,
): Omit<EvaluationJson, 'temperature' | 'score' | 'novelty' | 'calibrationError'> {
  const rightRows = count(candidate.choosing);
  return {
    agreement: agreementInterval(rightRows, candidate.choosing.length, limits.delta),
    coverage: coverageOf(candidate, limits.riskMax),
    goldenAccuracy: shareOf(candidate.golden),
    goldenRows: candidate.golden.length,
    runMsP99: candidate.runMsP99,
    incumbent:
      incumbent === null
        ? null
        : {
            version: incumbent.version,
            agreement: shareOf(incumbent.choosing),
            coverage: coverageOf(incumbent, limits.riskMax),
            goldenAccuracy: shareOf(incumbent.golden),
          },
    gates: [
      finiteGate(candidate),
      coverageGate(candidate, incumbent, limits),
      pairedGate('agreement', 'Agreement with the teacher', {
        candidate: candidate.choosing,
        incumbent: incumbent?.choosing ?? null,
      }),
      pairedGate('golden', 'Accuracy on the golden rows', {
        candidate: candidate.golden,
        incumbent: incumbent?.golden ?? null,
      }),
      limitGate('run-time', 'A one-row run at the 99th percentile takes', {
        value: candidate.runMsP99,
        valueMax: limits.runMsP99Max,
        show: (ms) => `${Number(ms.toPrecision(3))} ms`,
      }),
      limitGate('size', 'The model has', {
        value: candidate.modelBytes,
        valueMax: limits.modelBytesMax,
        show: (bytes) => `${bytes.toLocaleString('en')} bytes`,
      }),
    ],
  };
}

function finiteGate({ isFinite }: ModelScores): GateJson {
  const reason = isFinite
    ? 'Every output is a finite number.'
    : 'The model gives NaN or infinity: the training diverged or the export is broken.';
  return { name: 'outputs-finite', isPassed: isFinite, reason };
}

/** Fails when the candidate covers less at the target risk, beyond what chance explains. */
function coverageGate(
  candidate: ModelScores,
  incumbent: ModelScores | null,
  { riskMax, draw }: GateLimits,
): GateJson {
  const name = 'coverage';
  const own = coverageOf(candidate, riskMax);
  const at = `at risk ${percent(riskMax)} on ${candidate.choosing.length} holdout rows`;
  if (incumbent === null)
    return { name, isPassed: true, reason: `Covers ${percent(own)} ${at}; nothing to compare.` };
  const { probabilityNotLower } = compareCoverage(
    scored(candidate.choosing),
    scored(incumbent.choosing),
    { riskMax, rounds: bootstrapRounds, draw },
  );
  const isPassed = probabilityNotLower >= significance;
  const before = percent(coverageOf(incumbent, riskMax));
  const verdict = isPassed ? '' : ', lower beyond chance';
  return { name, isPassed, reason: `Covers ${percent(own)} ${at}, before ${before}${verdict}.` };
}

/**
 * Fails when the candidate is wrong where the incumbent was right more often than chance explains;
 * or more often at all, on so few rows that chance explains everything.
 */
function pairedGate(
  name: string,
  what: string,
  pairs: {
    readonly candidate: readonly ScoredRow[];
    readonly incumbent: readonly ScoredRow[] | null;
  },
): GateJson {
  const { candidate, incumbent } = pairs;
  if (candidate.length === 0)
    return { name, isPassed: true, reason: `${what}: there are none, so nothing is judged.` };
  const own = `${what} is ${percent(shareOf(candidate))} of ${candidate.length}`;
  if (incumbent === null) return { name, isPassed: true, reason: `${own}; nothing to compare.` };
  let gained = 0;
  let lost = 0;
  candidate.forEach(({ isRight }, index) => {
    const wasRight = incumbent[index]!.isRight;
    if (isRight && !wasRight) gained++;
    if (!isRight && wasRight) lost++;
  });
  const chance = mcnemar(lost, gained).pGreater;
  const canTell = mcnemar(candidate.length, 0).pGreater <= significance;
  const isPassed = canTell ? chance > significance : lost <= gained;
  const before = percent(shareOf(incumbent));
  const counts = `${gained} rows gained, ${lost} lost`;
  const worse = canTell
    ? ` (p = ${chance.toPrecision(2)}, worse beyond chance)`
    : ', and so few rows can not tell that it was chance';
  const verdict = isPassed ? '' : worse;
  return { name, isPassed, reason: `${own}, before ${before}; ${counts}${verdict}.` };
}

function limitGate(
  name: string,
  what: string,
  limit: {
    readonly value: number;
    readonly valueMax: number;
    readonly show: (value: number) => string;
  },
): GateJson {
  const { value, valueMax, show } = limit;
  const reason = `${what} ${show(value)}, allowed ${show(valueMax)}.`;
  return { name, isPassed: value <= valueMax, reason };
}

const coverageOf = ({ choosing }: ModelScores, riskMax: number): number =>
  choosing.length === 0 ? 0 : coverageAtRisk(scored(choosing), riskMax);
const scored = (rows: readonly ScoredRow[]) => ({
  confidences: Float64Array.from(rows, ({ confidence }) => confidence),
  disagrees: rows.map(({ isRight }) => !isRight),
});
const count = (rows: readonly ScoredRow[]): number => rows.filter(({ isRight }) => isRight).length;
const shareOf = (rows: readonly ScoredRow[]): number =>
  rows.length === 0 ? 0 : count(rows) / rows.length;
