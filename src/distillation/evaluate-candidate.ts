import type { StoredRow } from '../capture/capture.js';
import type { TaskConfig } from '../config/task-config.js';
import type { EvaluationJson } from '../http/api-types.js';
import { openInlineRunner } from '../model/inline-runner.js';
import type { ModelRunner } from '../model/model-runner.js';
import type { BundleManifest } from '../registry/bundle.js';
import { readBundle, type Bundle } from '../registry/read-bundle.js';
import { fitTemperature } from '../routing/calibrate.js';
import { chooseScore } from '../routing/choose-score.js';
import { expectedCalibrationError } from '../routing/expected-calibration-error.js';
import { fitNovelty } from '../routing/novelty.js';
import { logitsOf, rateLogits, type Calibration } from '../routing/rate-logits.js';
import type { DatasetRow, LabelledRow } from './dataset.js';
import { judgeCandidate, type ModelScores, type ScoredRow } from './gate.js';
import type { RunProgress } from './progress.js';
import { measureRunMsP99, scoreModel } from './score-model.js';

/** Of the student's answers, at most `riskMax` may differ, with certainty 1 - delta. */
export interface RiskTarget {
  readonly riskMax: number;
  readonly delta: number;
}

export interface EvaluateOptions {
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
  readonly draw: () => number;
  readonly onProgress: (progress: RunProgress) => void;
}

interface Rows {
  readonly choosing: readonly StoredRow[];
  readonly golden: readonly LabelledRow[];
}

/**
 * Calibrates a candidate on validation rows, scores it beside the incumbent on rows that neither
 * was trained on, and judges it.
 *
 * @throws {InvalidBundleError} when a bundle's files are not what its manifest says.
 */
export async function evaluateCandidate(options: EvaluateOptions): Promise<EvaluationJson> {
  const { target, limits, validation, onProgress } = options;
  const say = (stage: RunProgress['stage'], share: number, message: string): void =>
    onProgress({ stage, share, message, remainingMs: null });
  const rows: Rows = { choosing: options.choosingRows, golden: options.goldenRows };
  const bundle = await readBundle(options.candidateDir);

  const { calibration, scores, calibrationError } = await withRunner(bundle, async (runner) => {
    if (validation.length > 0)
      say('calibrate', 0, `Fitting the temperature on ${validation.length} rows`);
    const { outOfScopeShare: shareMax } = limits;
    const asTrained = bundle.manifest.calibration;
    const fitting = { asTrained, shareMax, draw: options.draw };
    const fitted = await calibrate(runner, validation, fitting);
    const [holdout, golden] = [rows.choosing.length, rows.golden.length];
    say('evaluate', 0, `Scoring ${holdout} holdout and ${golden} golden rows`);
    const manifest = { ...bundle.manifest, calibration: fitted };
    const { scores: own, logits } = await scoresOf(runner, manifest, rows);
    const error = own.isFinite ? errorOf(logits, rows.choosing, fitted) : null;
    return { calibration: fitted, scores: own, calibrationError: error };
  });
  const { parentBundleDir } = options;
  const incumbent = parentBundleDir === null ? null : await scoreBundle(parentBundleDir, rows);
  say('evaluate', 1, 'Scored candidate and incumbent on the same rows');

  const judged = judgeCandidate(scores, incumbent, { ...target, ...limits, draw: options.draw });
  const failed = judged.gates.filter(({ isPassed }) => !isPassed).map(({ name }) => name);
  say('gate', 1, failed.length === 0 ? 'Every gate passed' : `Not passed: ${failed.join(', ')}`);
  return { ...judged, ...calibration, calibrationError };
}

async function scoreBundle(bundleDir: string, rows: Rows): Promise<ModelScores> {
  const bundle = await readBundle(bundleDir);
  return withRunner(
    bundle,
    async (runner) => (await scoresOf(runner, bundle.manifest, rows)).scores,
  );
}

async function withRunner<T>(
  bundle: Bundle,
  work: (runner: ModelRunner) => Promise<T>,
): Promise<T> {
  const runner = await openInlineRunner({ ...bundle, provider: 'cpu' });
  try {
    return await work(runner);
  } finally {
    await runner.close();
  }
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

/** @param logits  [rows][classes]; those of the choosing rows come first. */
function errorOf(
  logits: readonly Float32Array[],
  choosing: readonly StoredRow[],
  { temperature, novelty }: Calibration,
): { readonly equalWidth: number; readonly equalMass: number } | null {
  if (choosing.length === 0) return null;
  const rated = choosing.map((_, row) =>
    rateLogits(logitsOf(logits[row]!, { novelty }), { temperature, score: 'top-probability' }),
  );
  const rows = {
    confidences: Float64Array.from(rated, ({ confidence }) => confidence),
    disagrees: rated.map(({ label }, row) => label !== choosing[row]!.teacherLabel),
  };
  return {
    equalWidth: expectedCalibrationError(rows, { kind: 'equal-width' }),
    equalMass: expectedCalibrationError(rows, { kind: 'equal-mass' }),
  };
}

async function scoresOf(
  runner: ModelRunner,
  manifest: BundleManifest,
  rows: Rows,
): Promise<{ readonly scores: ModelScores; readonly logits: readonly Float32Array[] }> {
  const inputs = [...rows.choosing, ...rows.golden].map(({ input }) => input);
  const logits = await scoreModel(runner, inputs);
  const isFinite = logits.every((row) => row.every(Number.isFinite));
  const labels = [
    ...rows.choosing.map(({ teacherLabel }) => teacherLabel),
    ...rows.golden.map(({ label }) => label),
  ];
  const scored = logits.map((row, index): ScoredRow => {
    if (!isFinite) return { confidence: 0, isRight: false };
    const { label, confidence } = rateLogits(row, manifest.calibration);
    return { confidence, isRight: label === labels[index] };
  });
  const scores = {
    version: manifest.version,
    isFinite,
    choosing: scored.slice(0, rows.choosing.length),
    golden: scored.slice(rows.choosing.length),
    runMsP99: inputs.length === 0 ? 0 : await measureRunMsP99(runner, inputs[0]!),
    modelBytes: manifest.model.bytes,
  };
  return { scores, logits };
}
