import { join } from 'node:path';
import type { CompressionJson, EvaluationJson, GateJson } from '../../http/api-types.js';
import type { Input } from '../../task/task.js';
import { readChoosingRows } from '../choosing-rows.js';
import { evaluateCandidate } from '../evaluate-candidate.js';
import type { RunProgress } from '../progress.js';
import type { RunParts, RunResult } from '../run-distillation.js';
import { goldenTrainedOn } from '../trained-on.js';
import { compareBundles } from './compare-bundles.js';
import type { CompressedBundle } from './compress-bundle.js';

export interface CompressionParts extends Omit<RunParts, 'train'> {
  /** Bundle of the version to make smaller. */
  readonly sourceDir: string;
  /** As `compressBundle` does. */
  readonly compress: (sourceDir: string, outDir: string) => Promise<CompressedBundle | null>;
}

/** Rows on which the two are compared, beside golden ones and those that choose. */
const comparedRowsMax = 2_000;
/** A smaller model may take longer, by the steps around its products; not by more than this. */
const slowerMax = 1.5;

/**
 * Makes a version in 8 bits of another one, and judges it as a run judges a candidate: beside the
 * student that serves, on rows that neither was trained on, by the same gates; and by one more, for
 * the time of its runs beside the other's. Its calibration is the other's.
 */
export async function runCompression(parts: CompressionParts): Promise<RunResult> {
  const { job, sourceDir, onProgress, goldenRows } = parts;
  const say = (stage: RunProgress['stage'], share: number, message: string): void =>
    onProgress({ stage, share, message, remainingMs: null });
  say('snapshot', 0, 'Reading holdout rows to judge by');
  const filter = { task: job.task.name, teacherVersion: job.teacher.version };
  const choosingRows = await readChoosingRows(parts.capture, {
    ...filter,
    createdAfterMs: job.evidenceAfterMs,
  });
  const { choosingRowsMin } = job.limits;
  if (choosingRows.length < choosingRowsMin)
    return skipped(
      `Only ${choosingRows.length} holdout rows are there to judge by (a sixth of all), a ` +
        `compression needs ${choosingRowsMin}: send more traffic, or raise the holdout rate.`,
    );
  say('train', 0, 'Writing the weights in 8 bits');
  const candidateDir = join(job.runDir, 'candidate');
  const made = await parts.compress(sourceDir, candidateDir);
  if (made === null)
    return skipped(
      'Nothing in this model can be made smaller: it has no large float32 weights in products ' +
        '(MatMul, Gemm), tables (Gather) or convolutions. It is in 8 bits already, or very small.',
    );
  const { before, after } = { before: made.source.model.bytes, after: made.manifest.model.bytes };
  say('train', 1, `${before.toLocaleString('en')} bytes became ${after.toLocaleString('en')}`);

  say('evaluate', 0, 'Comparing answers and times');
  const rows = [...choosingRows, ...goldenRows, ...(await recentRows(parts))];
  const inputs = rows.map(({ input }) => input);
  const compression = await compareBundles(
    { beforeDir: sourceDir, afterDir: candidateDir },
    inputs,
  );
  const { target, limits, parentBundleDir } = job;
  const { evaluation: judged, details } = await evaluateCandidate({
    task: job.task,
    ...{ target, limits, candidateDir, parentBundleDir, choosingRows, goldenRows, onProgress },
    isTrainedOn: await goldenTrainedOn({ ...parts, ...filter }),
    validation: [], // Its calibration stays.
    draw: parts.draw,
  });
  const gates = [...judged.gates, speedGate(compression)];
  const evaluation: EvaluationJson = { ...judged, gates, compression };
  const isAccepted = gates.every(({ isPassed }) => isPassed);
  return {
    ...{ kind: 'judged', candidateDir, evaluation, details, isAccepted },
    ...{ curve: null, dataset: null, teacherCheck: null },
  };
}

const skipped = (reason: string): RunResult => ({
  kind: 'too-early',
  reasons: [reason],
  dataset: null,
});

/** Inputs of late; both answer them, and no label is looked at. */
async function recentRows({
  job,
  capture,
  seedRows,
}: Pick<RunParts, 'job' | 'capture' | 'seedRows'>): Promise<readonly { readonly input: Input }[]> {
  const captured = await capture.readTraining({
    task: job.task.name,
    teacherVersion: job.teacher.version,
    rowsMax: comparedRowsMax,
    createdAfterMs: 0,
  });
  return [...captured, ...seedRows].slice(0, comparedRowsMax);
}

function speedGate({ runMs }: CompressionJson): GateJson {
  const { before, after } = runMs;
  const show = (ms: number): string => `${Number(ms.toPrecision(3))} ms`;
  const reason =
    `A one-row run takes ${show(after)}, in floats ${show(before)}; allowed ${slowerMax} times ` +
    'that, measured in turn.';
  return { name: 'speed', isPassed: after <= slowerMax * before, reason };
}
