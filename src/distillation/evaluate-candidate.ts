import type { StoredRow } from '../capture/capture.js';
import type { TaskConfig } from '../config/task-config.js';
import type { EvaluationJson } from '../http/api-types.js';
import type { ModelRunner } from '../onnx/model-runner.js';
import { openWorkerRunner } from '../onnx/worker-runner.js';
import type { BundleManifest } from '../registry/bundle.js';
import { readBundle } from '../registry/read-bundle.js';
import type { Registry, StoredBundle } from '../registry/registry.js';
import { fitTemperature } from '../routing/calibrate.js';
import { softmax, topClass } from '../routing/confidence.js';
import { modelShapeOf } from '../student/onnx-student.js';
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
  readonly parent: StoredBundle | null;
  readonly validation: readonly DatasetRow[];
  /** Holdout rows that judge, each input once. */
  readonly choosingRows: readonly StoredRow[];
  readonly goldenRows: readonly LabelledRow[];
  readonly registry: Registry;
  readonly draw: () => number;
  readonly onProgress: (progress: RunProgress) => void;
}

interface Rows {
  readonly choosing: readonly StoredRow[];
  readonly golden: readonly LabelledRow[];
}

/**
 * Calibrates a candidate on validation rows, scores it beside the incumbent on rows that neither
 * was trained on, judges it, and puts it into the registry with its evaluation. Models run in a
 * worker thread, so serving goes on undisturbed.
 */
export async function evaluateCandidate(
  options: EvaluateOptions,
): Promise<{ manifest: BundleManifest; evaluation: EvaluationJson }> {
  const { target, limits, candidateDir, parent, registry, onProgress } = options;
  const say = (stage: RunProgress['stage'], share: number, message: string): void =>
    onProgress({ stage, share, message, remainingMs: null });
  const bundle = await readBundle(candidateDir);
  const rows: Rows = {
    choosing: options.choosingRows,
    golden: options.goldenRows,
  };

  const scored = await withRunner(bundle, async (runner) => {
    say('calibrate', 0, `Fitting the temperature on ${options.validation.length} rows`);
    const temperature = await calibrate(runner, options.validation);
    say(
      'evaluate',
      0,
      `Scoring ${rows.choosing.length} holdout and ${rows.golden.length} golden rows`,
    );
    const manifest = { ...bundle.manifest, calibration: { temperature } };
    return { manifest, scores: await scoresOf(runner, manifest, rows) };
  });
  const incumbent = parent === null ? null : await scoreIncumbent(parent, rows);
  say('evaluate', 1, 'Scored candidate and incumbent on the same rows');

  const judged = judgeCandidate(scored.scores, incumbent, {
    ...target,
    ...limits,
    draw: options.draw,
  });
  const evaluation = { ...judged, temperature: scored.manifest.calibration.temperature };
  const isAccepted = evaluation.gates.every(({ isPassed }) => isPassed);
  say('gate', 1, isAccepted ? 'Every gate passed' : 'A gate did not pass');
  const manifest = await registry.add(candidateDir, {
    temperature: evaluation.temperature,
    evaluation,
    isRejected: !isAccepted,
  });
  return { manifest, evaluation };
}

async function scoreIncumbent(parent: StoredBundle, rows: Rows): Promise<ModelScores> {
  const bundle = await readBundle(parent.dir);
  return withRunner(bundle, (runner) => scoresOf(runner, bundle.manifest, rows));
}

async function withRunner<T>(
  bundle: { readonly manifest: BundleManifest; readonly model: Uint8Array },
  work: (runner: ModelRunner) => Promise<T>,
): Promise<T> {
  const runner = await openWorkerRunner(bundle.model, modelShapeOf(bundle.manifest));
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
