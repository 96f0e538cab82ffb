import type { StoredRow } from '../capture/capture.js';
import { openInlineRunner } from '../model/inline-runner.js';
import type { ModelRunner } from '../model/model-runner.js';
import type { BundleManifest } from '../registry/bundle.js';
import type { Bundle } from '../registry/read-bundle.js';
import { rateLogits } from '../routing/rate-logits.js';
import type { LabelledRow } from './dataset.js';
import type { ModelScores, ScoredRow } from './gate.js';
import { measureRunMsP99, scoreModel } from './score-model.js';

/** Rows that judge: no student was trained on any of them. */
export interface JudgingRows {
  /** Holdout rows that choose between students, each input once. */
  readonly choosing: readonly StoredRow[];
  readonly golden: readonly LabelledRow[];
}

/** A model with its scores of the judging rows. */
export interface ScoredModel {
  readonly manifest: BundleManifest;
  readonly isFinite: boolean;
  /** [choosing + golden rows] of [classes + features], as `rateLogits` reads them. */
  readonly logits: readonly Float32Array[];
  readonly runMsP99: number;
}

/** @param manifest  of the runner's model, with the calibration that counts. */
export async function scoreRows(
  runner: ModelRunner,
  manifest: BundleManifest,
  { choosing, golden }: JudgingRows,
): Promise<ScoredModel> {
  const inputs = [...choosing, ...golden].map(({ input }) => input);
  const logits = await scoreModel(runner, inputs);
  return {
    manifest,
    isFinite: logits.every((row) => row.every(Number.isFinite)),
    logits,
    runMsP99: inputs.length === 0 ? 0 : await measureRunMsP99(runner, inputs),
  };
}

export async function withRunner<T>(
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

/** What the gates look at. */
export function modelScoresOf(model: ScoredModel, { choosing, golden }: JudgingRows): ModelScores {
  const { manifest, isFinite, logits, runMsP99 } = model;
  const labels = [
    ...choosing.map(({ teacherLabel }) => teacherLabel),
    ...golden.map(({ label }) => label),
  ];
  const scored = logits.map((row, index): ScoredRow => {
    if (!isFinite) return { confidence: 0, isRight: false };
    const { label, confidence } = rateLogits(row, manifest.calibration);
    return { confidence, isRight: label === labels[index] };
  });
  return {
    version: manifest.version,
    isFinite,
    choosing: scored.slice(0, choosing.length),
    golden: scored.slice(choosing.length),
    runMsP99,
    modelBytes: manifest.model.bytes,
  };
}
