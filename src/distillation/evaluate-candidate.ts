import type { StoredRow } from '../capture/capture.js';
import type { TaskConfig } from '../config/task-config.js';
import type { EvaluationJson } from '../http/api-types.js';
import type { EvaluationDetailsJson } from '../http/api-types-evaluation.js';
import type { ModelRunner } from '../model/model-runner.js';
import { readBundle } from '../registry/read-bundle.js';
import { fitTemperature } from '../routing/calibrate.js';
import { chooseScore } from '../routing/choose-score.js';
import { fitNovelty } from '../routing/novelty.js';
import { logitsOf, rateLogits, type Calibration } from '../routing/rate-logits.js';
import type { TaskSpec } from '../task/task.js';
import type { DatasetRow, LabelledRow } from './dataset.js';
import { evaluationDetails } from './evaluation-details.js';
import { judgeCandidate } from './gate.js';
import type { RunProgress } from './progress.js';
import { scoreModel } from './score-model.js';
import {
  modelScoresOf,
  scoreRows,
  withRunner,
  type JudgingRows,
  type ScoredModel,
} from './scored-model.js';

/** Of the student's answers, at most `riskMax` may differ, with certainty 1 - delta. */
export interface RiskTarget {
  readonly riskMax: number;
  readonly delta: number;
}

export interface EvaluateOptions {
  readonly task: Pick<TaskSpec, 'name' | 'labels'>;
  readonly target: RiskTarget;
  readonly limits: Pick<
    TaskConfig['distillation'],
    'runMsP99Max' | 'modelBytesMax' | 'outOfScopeShare'
  >;
  readonly candidateDir: string;
  /** Bundle of the incumbent, or null. */
  readonly parentBundleDir: string | null;
  readonly validation: readonly DatasetRow[];
  /** Holdout rows that judge, each input once. */
  readonly choosingRows: readonly StoredRow[];
  readonly goldenRows: readonly LabelledRow[];
  /** [golden rows] as `trainedOn` says. */
  readonly isTrainedOn: readonly boolean[];
  readonly draw: () => number;
  readonly onProgress: (progress: RunProgress) => void;
}

export interface Evaluated {
  readonly evaluation: EvaluationJson;
  /** What the page of the run is made of. */
  readonly details: EvaluationDetailsJson;
}

/**
 * Calibrates a candidate on validation rows, scores it beside the incumbent on rows that neither
 * was trained on, and judges it.
 *
 * @throws {InvalidBundleError} when a bundle's files are not what its manifest says.
 */
export async function evaluateCandidate(options: EvaluateOptions): Promise<Evaluated> {
  const { task, target, limits, validation, onProgress } = options;
  const say = (stage: RunProgress['stage'], share: number, message: string): void =>
    onProgress({ stage, share, message, remainingMs: null });
  const rows: JudgingRows = { choosing: options.choosingRows, golden: options.goldenRows };
  const bundle = await readBundle(options.candidateDir);

  const candidate = await withRunner(bundle, async (runner) => {
    if (validation.length > 0)
      say('calibrate', 0, `Fitting the temperature on ${validation.length} rows`);
    const { outOfScopeShare: shareMax } = limits;
    const asTrained = bundle.manifest.calibration;
    const fitting = { asTrained, shareMax, draw: options.draw };
    const fitted = await calibrate(runner, validation, fitting);
    const [holdout, golden] = [rows.choosing.length, rows.golden.length];
    say('evaluate', 0, `Scoring ${holdout} holdout and ${golden} golden rows`);
    return scoreRows(runner, { ...bundle.manifest, calibration: fitted }, rows);
  });
  const { parentBundleDir } = options;
  const incumbent = parentBundleDir === null ? null : await scoreBundle(parentBundleDir, rows);
  say('evaluate', 1, 'Scored candidate and incumbent on the same rows');

  const judged = judgeCandidate(
    modelScoresOf(candidate, rows),
    incumbent && modelScoresOf(incumbent, rows),
    { ...target, ...limits, draw: options.draw },
  );
  const failed = judged.gates.filter(({ isPassed }) => !isPassed).map(({ name }) => name);
  say('gate', 1, failed.length === 0 ? 'Every gate passed' : `Not passed: ${failed.join(', ')}`);
  const { name, labels } = task;
  const question = { task: name, labels, target, rows, isTrainedOn: options.isTrainedOn };
  const details = evaluationDetails(candidate, incumbent, question);
  const calibrationError = details.student.answers?.calibration?.after.error ?? null;
  const evaluation = { ...judged, ...candidate.manifest.calibration, calibrationError };
  return { evaluation, details };
}

async function scoreBundle(bundleDir: string, rows: JudgingRows): Promise<ScoredModel> {
  const bundle = await readBundle(bundleDir);
  return withRunner(bundle, (runner) => scoreRows(runner, bundle.manifest, rows));
}

/**
 * Temperature, score, and what is out of scope: from rows that no weight was fitted on and that
 * certify nothing.
 */
async function calibrate(
  runner: ModelRunner,
  rows: readonly DatasetRow[],
  fitting: {
    readonly asTrained: Calibration;
    readonly shareMax: number;
    readonly draw: () => number;
  },
): Promise<Calibration> {
  const { asTrained, shareMax, draw } = fitting;
  if (rows.length === 0) return asTrained;
  const scores = await scoreModel(
    runner,
    rows.map(({ input }) => input),
  );
  if (scores.some((row) => !row.every(Number.isFinite))) return asTrained; // The gate says so.
  const logits = scores.map((row) => logitsOf(row, asTrained));
  const labels = rows.map(({ label }) => label);
  const { temperature } = fitTemperature(logits, labels);
  const { score } = chooseScore(logits, labels, { temperature, draw });
  const { novelty = null } = asTrained;
  if (novelty === null) return { temperature, score };
  const right = scores.flatMap((row, index) => {
    const { label } = rateLogits(logits[index]!, { temperature, score });
    return label === labels[index] ? [row.subarray(logits[index]!.length)] : [];
  });
  // A student that is right on no row has no scope: its gates say the rest.
  if (right.length === 0) return { temperature, score, novelty };
  return { temperature, score, novelty: { ...novelty, ...fitNovelty(right, shareMax) } };
}
