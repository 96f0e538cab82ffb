import type {
  EvaluatedRowsJson,
  EvaluationDetailsJson,
  ModelAnswersJson,
  ModelDetailsJson,
} from '../http/api-types-evaluation.js';
import { agreementInterval } from '../routing/agreement-interval.js';
import { classesOf, confusionsOf } from '../routing/confusion.js';
import { coverageAtRisk } from '../routing/coverage-comparison.js';
import { pairedDifference } from '../routing/paired-difference.js';
import { logitsOf, rateLogits, type Rating } from '../routing/rate-logits.js';
import { reliabilityOf } from '../routing/reliability.js';
import { riskCurve } from '../routing/risk-curve.js';
import { timeSpanOf } from './build-dataset.js';
import type { RiskTarget } from './evaluate-candidate.js';
import type { JudgingRows, ScoredModel } from './scored-model.js';

/** What two students were asked, and what is known of the rows. */
export interface EvaluationQuestion {
  readonly task: string;
  readonly labels: readonly string[];
  readonly target: RiskTarget;
  readonly rows: JudgingRows;
  /** [golden rows] equal to a row that may be trained on: they prove nothing. */
  readonly isTrainedOn: readonly boolean[];
}

/** Counts all that a page about a student, alone or beside another one, is made of. */
export function evaluationDetails(
  student: ScoredModel,
  other: ScoredModel | null,
  question: EvaluationQuestion,
): EvaluationDetailsJson {
  const { task, labels, target } = question;
  const own = answersOf(student, question);
  const others = other && answersOf(other, question);
  const compare = (which: 'agrees' | 'isRight') =>
    own && others
      ? pairedDifference({ ownIsRight: own[which], otherIsRight: others[which] }, target.delta)
      : null;
  return {
    ...{ task, labels, riskMax: target.riskMax, intervalDelta: target.delta },
    rows: rowsOf(question),
    student: modelOf(student, own, question),
    other: other && modelOf(other, others, question),
    agreement: question.rows.choosing.length === 0 ? null : compare('agrees'),
    accuracy: own?.isRight.length === 0 ? null : compare('isRight'),
  };
}

/** What a model says of the rows. */
interface Answers {
  /** [choosing rows] */
  readonly ratings: readonly Rating[];
  readonly agrees: readonly boolean[];
  /** [choosing rows] [classes] logits without features. */
  readonly logits: readonly Float32Array[];
  /** [golden rows that count] */
  readonly isRight: readonly boolean[];
}

/** @returns null for a model that is not finite. */
function answersOf(model: ScoredModel, { rows, isTrainedOn }: EvaluationQuestion): Answers | null {
  if (!model.isFinite) return null;
  const { choosing, golden } = rows;
  const { calibration } = model.manifest;
  const ratings = model.logits.map((row) => rateLogits(row, calibration));
  const isRight = golden.map(({ label }, row) => ratings[choosing.length + row]!.label === label);
  const own = ratings.slice(0, choosing.length);
  return {
    ratings: own,
    agrees: choosing.map(({ teacherLabel }, row) => own[row]!.label === teacherLabel),
    logits: choosing.map((_, row) => logitsOf(model.logits[row]!, calibration)),
    isRight: isRight.filter((_, row) => !isTrainedOn[row]!),
  };
}

function modelOf(
  { manifest, runMsP99 }: ScoredModel,
  answers: Answers | null,
  question: EvaluationQuestion,
): ModelDetailsJson {
  const { version, model, lineage, calibration } = manifest;
  return {
    version,
    architecture: model.architecture,
    modelBytes: model.bytes,
    runMsP99,
    lineage: lineage && lineageJsonOf(lineage),
    answers: answers && answersJsonOf(answers, calibration.temperature, question),
  };
}

function lineageJsonOf(
  lineage: NonNullable<ModelDetailsJson['lineage']>,
): ModelDetailsJson['lineage'] {
  const { trainer, seed, rows, snapshotSha256, teacherVersion, parent, command } = lineage;
  const { durationMs } = lineage;
  return { trainer, seed, rows, snapshotSha256, teacherVersion, parent, command, durationMs };
}

function answersJsonOf(
  { ratings, agrees, logits, isRight }: Answers,
  temperature: number,
  { labels, target, rows }: EvaluationQuestion,
): ModelAnswersJson {
  const { riskMax, delta } = target;
  const of = (right: readonly boolean[]) =>
    right.length === 0
      ? null
      : agreementInterval(right.filter(Boolean).length, right.length, delta);
  const rated = {
    confidences: Float64Array.from(ratings, ({ confidence }) => confidence),
    disagrees: agrees.map((isSame) => !isSame),
  };
  const pairs = {
    classCount: labels.length,
    teacher: rows.choosing.map(({ teacherLabel }) => teacherLabel),
    student: ratings.map(({ label }) => label),
  };
  const reliabilityAt = (divisor: number) =>
    reliabilityOf({ ...rated, confidences: topProbabilities(logits, divisor) }, delta);
  return {
    agreement: of(agrees),
    accuracy: of(isRight),
    coverage: coverageAtRisk(rated, riskMax),
    riskCurve: riskCurve(rated, delta),
    temperature,
    calibration:
      agrees.length === 0 ? null : { before: reliabilityAt(1), after: reliabilityAt(temperature) },
    classes: classesOf(pairs, delta),
    confusions: confusionsOf(pairs),
  };
}

/** The confidence that means a probability, whatever the student routes by. */
const topProbabilities = (logits: readonly Float32Array[], temperature: number): Float64Array =>
  Float64Array.from(
    logits,
    (row) => rateLogits(row, { temperature, score: 'top-probability' }).confidence,
  );

function rowsOf({ rows, isTrainedOn }: EvaluationQuestion): EvaluatedRowsJson {
  const goldenTrainedOn = isTrainedOn.filter(Boolean).length;
  return {
    holdout: rows.choosing.length,
    timeSpanMs: timeSpanOf(rows.choosing),
    golden: rows.golden.length - goldenTrainedOn,
    goldenTrainedOn,
  };
}
