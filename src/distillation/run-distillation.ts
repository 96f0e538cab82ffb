import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Capture } from '../capture/capture.js';
import type { TaskConfig } from '../config/task-config.js';
import type { EvaluationJson } from '../http/api-types.js';
import type { BundleManifest } from '../registry/bundle.js';
import type { Registry } from '../registry/registry.js';
import type { Teacher } from '../teacher/teacher.js';
import { buildDataset } from './build-dataset.js';
import { writeSnapshot, type DatasetRow, type LabelledInput } from './dataset.js';
import { evaluateCandidate } from './evaluate-candidate.js';
import type { RunProgress } from './progress.js';
import { spawnTrainer } from './spawn-trainer.js';

export interface RunParts {
  readonly config: TaskConfig;
  readonly capture: Capture;
  readonly registry: Registry;
  readonly teacher: Teacher;
  /** Directory of this run: snapshot, candidate, log. Made here. */
  readonly runDir: string;
  readonly seedRows: readonly DatasetRow[];
  readonly goldenRows: readonly LabelledInput[];
  /** Rows up to this sequence were seen before a drift alarm: they choose nothing any more. */
  readonly evidenceAfterSequence: number;
  readonly draw: () => number;
  readonly onProgress: (progress: RunProgress) => void;
  readonly signal: AbortSignal;
}

export type RunResult =
  | { readonly kind: 'too-early'; readonly reasons: readonly string[] }
  | {
      readonly kind: 'judged';
      readonly manifest: BundleManifest;
      readonly evaluation: EvaluationJson;
      readonly isAccepted: boolean;
    };

/**
 * One distillation run: snapshot -> train (child process) -> calibrate -> evaluate -> gate. The
 * candidate ends in the registry, accepted or rejected; promoting it is the caller's step.
 *
 * @throws {DistillationFailedError} when the trainer failed or was stopped.
 */
export async function runDistillation(parts: RunParts): Promise<RunResult> {
  const { config, capture, registry, teacher, runDir, onProgress } = parts;
  const { policy: _policy, distillation } = config;

  onProgress(step('snapshot', 0, 'Reading the captured rows'));
  const dataset = await buildDataset(capture, {
    task: config.name,
    teacherVersion: teacher.version,
    seedRows: parts.seedRows,
    trainingRowsMax: distillation.trainingRowsMax,
  });
  const holdout = await capture.read({
    task: config.name,
    isHoldout: true,
    teacherVersion: teacher.version,
    newestFirst: true,
    rowsMax: holdoutRowsMax,
    afterSequence: parts.evidenceAfterSequence,
  });
  const missing = missingRows(config, dataset.train.length, holdout.length);
  if (missing.length > 0) return { kind: 'too-early', reasons: missing };

  const snapshotDir = join(runDir, 'snapshot');
  const candidateDir = join(runDir, 'candidate');
  await mkdir(snapshotDir, { recursive: true });
  await writeSnapshot(snapshotDir, {
    task: { name: config.name, title: config.title, input: config.input, labels: config.labels },
    teacher: { name: teacher.name, version: teacher.version },
    seed: distillation.seed,
    train: dataset.train,
    validation: dataset.validation,
    timeSpanMs: dataset.timeSpanMs,
  });
  const counts = `${dataset.train.length} rows to learn from, ${dataset.validation.length} to validate`;
  onProgress(step('snapshot', 1, counts));

  const incumbent = registry.serving();
  const parent = incumbent === null ? null : await registry.read(incumbent.version);
  await spawnTrainer({
    snapshotDir,
    outDir: candidateDir,
    parentBundleDir: parent?.dir ?? null,
    seed: distillation.seed,
    signal: parts.signal,
    onProgress,
  });
  const { manifest, evaluation } = await evaluateCandidate({
    config,
    candidateDir,
    parent,
    validation: dataset.validation,
    holdout,
    goldenRows: parts.goldenRows,
    registry,
    draw: parts.draw,
    onProgress,
  });
  return {
    kind: 'judged',
    manifest,
    evaluation,
    isAccepted: evaluation.gates.every(({ isPassed }) => isPassed),
  };
}

/** Newest holdout rows that choose between candidate and incumbent. */
const holdoutRowsMax = 10_000;

function missingRows(config: TaskConfig, trainingRows: number, holdoutRows: number): string[] {
  const { trainingRowsMin, holdoutRowsMin } = config.distillation;
  return [
    ...(trainingRows < trainingRowsMin
      ? [`Only ${trainingRows} training rows, a run needs ${trainingRowsMin}: send more traffic.`]
      : []),
    ...(holdoutRows < holdoutRowsMin
      ? [`Only ${holdoutRows} holdout rows, a run needs ${holdoutRowsMin} to judge a candidate.`]
      : []),
  ];
}

const step = (stage: RunProgress['stage'], share: number, message: string): RunProgress => ({
  stage,
  share,
  message,
  remainingMs: null,
});
