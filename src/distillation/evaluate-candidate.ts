import type { StoredRow } from '../capture/capture.js';
import type { TaskConfig } from '../config/task-config.js';
import type { EvaluationJson } from '../http/api-types.js';
import { openInlineRunner } from '../model/inline-runner.js';
import type { ModelRunner } from '../model/model-runner.js';
import type { BundleManifest } from '../registry/bundle.js';
import { readBundle, type Bundle } from '../registry/read-bundle.js';
import { fitTemperature } from '../routing/calibrate.js';
import { softmax, topClass } from '../routing/confidence.js';
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
  readonly limits: Pick<TaskConfig['distillation'], 'runMsP99Max' | 'modelBytesMax'>;
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

  const { temperature, scores } = await withRunner(bundle, async (runner) => {
    say('calibrate', 0, `Fitting the temperature on ${validation.length} rows`);
    const fitted = await calibrate(runner, validation);
    const [holdout, golden] = [rows.choosing.length, rows.golden.length];
    say('evaluate', 0, `Scoring ${holdout} holdout and ${golden} golden rows`);
    const manifest = { ...bundle.manifest, calibration: { temperature: fitted } };
    return { temperature: fitted, scores: await scoresOf(runner, manifest, rows) };
  });
  const { parentBundleDir } = options;
  const incumbent = parentBundleDir === null ? null : await scoreBundle(parentBundleDir, rows);
  say('evaluate', 1, 'Scored candidate and incumbent on the same rows');

  const judged = judgeCandidate(scores, incumbent, { ...target, ...limits, draw: options.draw });
  const failed = judged.gates.filter(({ isPassed }) => !isPassed).map(({ name }) => name);
  say('gate', 1, failed.length === 0 ? 'Every gate passed' : `Not passed: ${failed.join(', ')}`);
  return { ...judged, temperature };
}

async function scoreBundle(bundleDir: string, rows: Rows): Promise<ModelScores> {
  const bundle = await readBundle(bundleDir);
  return withRunner(bundle, (runner) => scoresOf(runner, bundle.manifest, rows));
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

async function calibrate(runner: ModelRunner, rows: readonly DatasetRow[]): Promise<number> {
  if (rows.length === 0) return 1;
  const logits = await scoreModel(
    runner,
    rows.map(({ input }) => input),
  );
  if (logits.some((row) => !row.every(Number.isFinite))) return 1; // The gate says so.
  return fitTemperature(
    logits,
    rows.map(({ label }) => label),
  ).temperature;
}

async function scoresOf(
  runner: ModelRunner,
  manifest: BundleManifest,
  rows: Rows,
): Promise<ModelScores> {
  const { temperature } = manifest.calibration;
  const inputs = [...rows.choosing, ...rows.golden].map(({ input }) => input);
  const logits = await scoreModel(runner, inputs);
  const isFinite = logits.every((row) => row.every(Number.isFinite));
  const labels = [
    ...rows.choosing.map(({ teacherLabel }) => teacherLabel),
    ...rows.golden.map(({ label }) => label),
  ];
  const scored = logits.map((row, index): ScoredRow => {
    if (!isFinite) return { confidence: 0, isRight: false };
    const { label, confidence } = topClass(softmax(row, temperature));
    return { confidence, isRight: label === labels[index] };
  });
  return {
    version: manifest.version,
    isFinite,
    choosing: scored.slice(0, rows.choosing.length),
    golden: scored.slice(rows.choosing.length),
    runMsP99: inputs.length === 0 ? 0 : await measureRunMsP99(runner, inputs[0]!),
    modelBytes: manifest.model.bytes,
  };
}
