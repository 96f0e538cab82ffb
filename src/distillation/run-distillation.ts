import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { InputCipher } from '../capture/input-cipher.js';
import type { Capture, StoredRow } from '../capture/capture.js';
import type { DatasetReportJson, EvaluationJson, GateJson } from '../http/api-types.js';
import type { EvaluationDetailsJson, LossCurveJson } from '../http/api-types-evaluation.js';
import { readBundle, readManifest } from '../registry/read-bundle.js';
import { buildDataset, type Dataset } from './build-dataset.js';
import { isBrought } from './continued/is-brought.js';
import { UntrainableStudentError } from './continued/untrainable-student-error.js';
import { readChoosingRows } from './choosing-rows.js';
import {
  readSnapshotManifest,
  writeSnapshot,
  type DatasetRow,
  type LabelledRow,
} from './dataset.js';
import { leftOutWords } from './describe-dataset.js';
import type { DistillationJob } from './distillation-job.js';
import { evaluateCandidate } from './evaluate-candidate.js';
import { gradeTeacher } from './grade-teacher.js';
import { whyUnmakeable } from './make-model.js';
import type { RunProgress } from './progress.js';
import { studentToMake } from './student-to-make.js';
import type { Train, Trained } from './train-bundle.js';
import { trainedOn } from './trained-on.js';
import { writeUsedRows } from './used-rows.js';

export interface RunParts {
  readonly job: DistillationJob;
  readonly capture: Capture;
  /** Encrypts what a run leaves on the disk. */
  readonly cipher?: InputCipher;
  readonly train: Train;
  /** Rows of every dataset. */
  readonly seedRows: readonly DatasetRow[];
  readonly goldenRows: readonly LabelledRow[];
  readonly draw: () => number;
  readonly onProgress: (progress: RunProgress) => void;
}

interface Unjudged {
  readonly reasons: readonly string[];
  /** Null where none was made. */
  readonly dataset: DatasetReportJson | null;
}

export type RunResult =
  | ({ readonly kind: 'too-early' } & Unjudged)
  /** More rows change nothing: somebody must. */
  | ({ readonly kind: 'untrainable' } & Unjudged)
  | {
      readonly kind: 'teacher-worse';
      readonly teacherCheck: GateJson;
      readonly dataset: DatasetReportJson;
    }
  /** The candidate is in `candidateDir`; taking it into the registry is the caller's step. */
  | {
      readonly kind: 'judged';
      readonly candidateDir: string;
      readonly evaluation: EvaluationJson;
      /** What the page of the run is made of. */
      readonly details: EvaluationDetailsJson;
      /** Losses of the training; null where the trainer does not say. */
      readonly curve: LossCurveJson | null;
      /** Null where nothing was learnt: a compression. */
      readonly dataset: DatasetReportJson | null;
      /** Null where the teacher could not be held against a student. */
      readonly teacherCheck: GateJson | null;
      readonly isAccepted: boolean;
    };

/** One distillation run: snapshot -> train -> calibrate -> evaluate -> gate. */
export async function runDistillation(parts: RunParts): Promise<RunResult> {
  const { job, onProgress } = parts;
  const { runDir, limits } = job;
  const isContinued = await continuesParent(job);
  const unmakeable = whyUnmakeable(job.task, studentToMake(job), limits.modelBytesMax);
  if (limits.trainer.kind === 'embedded' && !isContinued && unmakeable !== null)
    return { kind: 'untrainable', reasons: [unmakeable], dataset: null };
  onProgress(step('snapshot', 0, 'Reading the captured rows'));
  const dataset = await buildDataset(parts.capture, {
    task: job.task.name,
    input: job.task.input,
    teacherVersion: job.teacher.version,
    seedRows: parts.seedRows,
    goldenRows: parts.goldenRows,
    trainingRowsMax: limits.trainingRowsMax,
    bounds: limits.bounds,
    knownRowsMin: limits.trainingRowsMin,
    nowMs: job.nowMs,
  });
  const { report } = dataset;
  const choosingRows = await readChoosingRows(parts.capture, {
    task: job.task.name,
    teacherVersion: job.teacher.version,
    createdAfterMs: job.evidenceAfterMs,
  });
  const missing = missingRows(job, report, choosingRows.length);
  if (missing.length > 0) return { kind: 'too-early', reasons: missing, dataset: report };
  const teacherCheck = await checkTeacherOf(parts);
  if (teacherCheck?.isPassed === false)
    return { kind: 'teacher-worse', teacherCheck, dataset: report };

  const snapshotDir = join(runDir, 'snapshot');
  const candidateDir = join(runDir, 'candidate');
  await writeDataset(snapshotDir, parts, dataset);
  onProgress(step('snapshot', 1, report.summary));
  const taught = isContinued ? null : await taughtAlready(job, snapshotDir);
  if (taught !== null)
    return {
      kind: 'too-early',
      reasons: [`No row has come that ${taught}, which serves, has not learnt: send more traffic.`],
      dataset: report,
    };

  const trained = await trainOrSay(parts, { snapshotDir, candidateDir, isContinued });
  if (trained.kind === 'untrainable') return { ...trained, dataset: report };
  const twin = await twinOf(candidateDir, startDirOf(job));
  if (twin !== null)
    return {
      kind: 'too-early',
      reasons: [`The rows teach the very student that serves, ${twin}: send more traffic first.`],
      dataset: report,
    };
  const { made } = trained;
  const judged = await judge(parts, { candidateDir, dataset, choosingRows, made });
  return { ...judged, dataset: report, teacherCheck };
}

async function judge(
  { job, goldenRows, draw, onProgress }: RunParts,
  about: {
    readonly candidateDir: string;
    readonly dataset: Dataset;
    readonly choosingRows: readonly StoredRow[];
    readonly made: Trained | null;
  },
) {
  const { candidateDir, dataset, choosingRows, made } = about;
  const { evaluation, details } = await evaluateCandidate({
    ...{ task: job.task, target: job.target, limits: job.limits },
    ...{ candidateDir, parentBundleDir: job.parentBundleDir },
    validation: dataset.validation,
    choosingRows,
    goldenRows,
    isTrainedOn: trainedOn(goldenRows, [...dataset.train, ...dataset.validation]),
    draw,
    onProgress,
  });
  return {
    kind: 'judged' as const,
    candidateDir,
    evaluation: { ...evaluation, training: made?.training ?? null },
    details,
    curve: made?.curve ?? null,
    isAccepted: evaluation.gates.every(({ isPassed }) => isPassed),
  };
}

/** A student that cannot be trained further ends the run, and is no failure of it. */
async function trainOrSay(
  { job, cipher, train, onProgress }: RunParts,
  about: {
    readonly snapshotDir: string;
    readonly candidateDir: string;
    readonly isContinued: boolean;
  },
): Promise<
  | { readonly kind: 'trained'; readonly made: Trained | null }
  | { readonly kind: 'untrainable'; readonly reasons: readonly string[] }
> {
  const { snapshotDir, candidateDir, isContinued } = about;
  const { limits } = job;
  try {
    const made = await train({
      ...{ snapshotDir, isContinued, outDir: candidateDir },
      ...(cipher === undefined ? {} : { cipher }),
      parentBundleDir: startDirOf(job),
      make: studentToMake(job),
      seed: limits.seed,
      modelBytesMax: limits.modelBytesMax,
      search: { workMax: limits.searchWork, secondsMax: limits.searchSecondsMax },
      onProgress: (progress) => onProgress({ stage: 'train', ...progress }),
    });
    return { kind: 'trained', made };
  } catch (error) {
    if (!(error instanceof UntrainableStudentError)) throw error;
    const canMake = whyUnmakeable(job.task, { kind: 'usual' }, limits.modelBytesMax) === null;
    return { kind: 'untrainable', reasons: [...error.reasons, waysOn(canMake)] };
  }
}

const waysOn = (canMake: boolean): string =>
  `To go on, ${canMake ? makeAnew : ''}bring one that can be trained, which understudy check ` +
  'tells; or have a program of yours train (distillation.trainer.kind: command).';
const makeAnew = 'set distillation.trainer.student to new, for a student of its own making; or ';

/** Whoever is worse than the student that serves must not teach its successor. */
async function checkTeacherOf({ job, goldenRows, capture }: RunParts): Promise<GateJson | null> {
  const { parentBundleDir: studentDir, goldenLabels } = job;
  if (studentDir === null) return null;
  const log = { capture, task: job.task.name, teacherVersion: job.teacher.version };
  return gradeTeacher({ studentDir, goldenRows, goldenLabels, ...log });
}

/** Weights in 8 bits are not trained: those that they were made of are. */
const startDirOf = ({ startBundleDir, parentBundleDir }: DistillationJob): string | null =>
  startBundleDir ?? parentBundleDir;

async function continuesParent(job: DistillationJob): Promise<boolean> {
  const { trainer } = job.limits;
  const startDir = startDirOf(job);
  if (trainer.kind !== 'embedded' || trainer.student !== 'auto') return false;
  if (trainer.encoder !== undefined) return false;
  return startDir !== null && isBrought(await readManifest(startDir));
}

/**
 * The same rows, seed and settings give the same student: a run that nobody has asked for does not
 * train it again. Who asks may have changed the settings.
 *
 * @returns the version that serves when it was made of the very rows of this snapshot.
 */
async function taughtAlready(job: DistillationJob, snapshotDir: string): Promise<string | null> {
  const startDir = startDirOf(job);
  const isOurs = job.limits.trainer.kind === 'embedded';
  if (job.isByItself !== true || !isOurs || startDir === null) return null;
  const [{ lineage, version }, { sha256 }] = await Promise.all([
    readManifest(startDir),
    readSnapshotManifest(snapshotDir),
  ]);
  return lineage?.snapshotSha256 === sha256 ? version : null;
}

/** @returns the incumbent's version when the candidate is the same model, byte by byte. */
async function twinOf(candidateDir: string, parentDir: string | null): Promise<string | null> {
  if (parentDir === null) return null;
  const [candidate, parent] = await Promise.all([readBundle(candidateDir), readBundle(parentDir)]);
  const isSame = candidate.manifest.model.sha256 === parent.manifest.model.sha256;
  return isSame ? parent.manifest.version : null;
}

async function writeDataset(
  dir: string,
  { job, cipher }: RunParts,
  dataset: Dataset,
): Promise<void> {
  await mkdir(dir, { recursive: true });
  const rows = [...dataset.train, ...dataset.validation];
  await writeUsedRows(job.runDir, rows);
  const content = {
    task: job.task,
    teacher: job.teacher,
    seed: job.limits.seed,
    shiftPixels: job.limits.shiftPixels,
    train: dataset.train,
    validation: dataset.validation,
    timeSpanMs: dataset.timeSpanMs,
    leftOut: dataset.report.leftOut,
  };
  await writeSnapshot(dir, content, cipher);
}

const moreTraffic = 'send more traffic.';
const moreAlike =
  'send traffic that differs more or, if it is as it should be, set ' +
  'distillation.bounds.nearDuplicatesMax higher, or to null.';

function missingRows(
  { limits }: DistillationJob,
  { trainingRows, leftOut }: DatasetReportJson,
  choosingRows: number,
): string[] {
  const { trainingRowsMin, choosingRowsMin } = limits;
  const without = leftOutWords(leftOut);
  const left = without === '' ? '' : ` (left out: ${without})`;
  return [
    ...(trainingRows < trainingRowsMin
      ? [
          `Only ${trainingRows} training rows${left}, a run needs ${trainingRowsMin}: ` +
            (trainingRows + leftOut.nearDuplicates < trainingRowsMin ? moreTraffic : moreAlike),
        ]
      : []),
    ...(choosingRows < choosingRowsMin
      ? [
          `Only ${choosingRows} holdout rows are there to choose by (a sixth of all), a run ` +
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
