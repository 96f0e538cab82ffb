import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Capture, StoredRow } from '../capture/capture.js';
import type { TaskConfig } from '../config/task-config.js';
import type { EvaluationJson } from '../http/api-types.js';
import type { BundleManifest } from '../registry/bundle.js';
import type { Registry } from '../registry/registry.js';
import type { Teacher } from '../teacher/teacher.js';
import { buildDataset } from './build-dataset.js';
import { writeSnapshot, type DatasetRow, type LabelledRow } from './dataset.js';
import { evaluateCandidate, type RiskTarget } from './evaluate-candidate.js';
import { holdoutUseOf } from './holdout-use.js';
import type { RunProgress } from './progress.js';
import { spawnTrainer } from './spawn-trainer.js';

export interface RunParts {
  readonly config: TaskConfig;
  /** The target that a candidate is judged by. */
  readonly target: RiskTarget;
  readonly capture: Capture;
  readonly registry: Registry;
  readonly teacher: Teacher;
  /** Directory of this run: snapshot, candidate, log. Made here. */
  readonly runDir: string;
  readonly seedRows: readonly DatasetRow[];
  readonly goldenRows: readonly LabelledRow[];
  /** Rows up to this moment came before a drift alarm: they choose nothing any more. */
  readonly evidenceAfterMs: number;
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
  const { distillation } = config;

  onProgress(step('snapshot', 0, 'Reading the captured rows'));
  const dataset = await buildDataset(capture, {
    task: config.name,
    teacherVersion: teacher.version,
    seedRows: parts.seedRows,
    trainingRowsMax: distillation.trainingRowsMax,
  });
  const holdout = await capture.readHoldout({
    task: config.name,
    teacherVersion: teacher.version,
    rowsMax: holdoutRowsMax,
    createdAfterMs: parts.evidenceAfterMs,
  });
  const choosingRows = newestOfEachInput(
    holdout.filter(({ inputHash }) => holdoutUseOf(inputHash) === 'choose'),
  );
  const missing = missingRows(config, dataset.train.length, choosingRows.length);
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
  const { train, validation } = dataset;
  const counts = `${train.length} rows to learn from, ${validation.length} to validate`;
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
    target: parts.target,
    limits: distillation,
    candidateDir,
    parent,
    validation: dataset.validation,
    choosingRows,
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

/** Repeats of an input are no further evidence. */
function newestOfEachInput(newestFirst: readonly StoredRow[]): StoredRow[] {
  const oldestFirst = [...newestFirst].reverse();
  return [...new Map(oldestFirst.map((row) => [row.inputHash, row])).values()];
}

/** Newest holdout rows that choose between candidate and incumbent. */
const holdoutRowsMax = 10_000;

function missingRows(config: TaskConfig, trainingRows: number, choosingRows: number): string[] {
  const { trainingRowsMin, choosingRowsMin } = config.distillation;
  return [
    ...(trainingRows < trainingRowsMin
      ? [`Only ${trainingRows} training rows, a run needs ${trainingRowsMin}: send more traffic.`]
      : []),
    ...(choosingRows < choosingRowsMin
      ? [
          `Only ${choosingRows} holdout rows are there to choose by (a third of all), a run ` +
            `needs ${choosingRowsMin}: send more traffic, or raise the holdout rate.`,
        ]
      : []),
  ];
}

const step = (stage: RunProgress['stage'], share: number, message: string): RunProgress => ({
  stage,
  share,
  message,
  remainingMs: null,
});
