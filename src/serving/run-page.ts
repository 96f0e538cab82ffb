import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { readSnapshotManifest } from '../distillation/dataset.js';
import { codeVersion } from '../files/code-version.js';
import type { RunJson } from '../http/api-types.js';
import type {
  EvaluationDetailsJson,
  EvaluationPageJson,
  LossCurveJson,
  SnapshotJson,
} from '../http/api-types-evaluation.js';
import { evaluationPage } from '../report/evaluation-page.js';
import { writePage } from '../report/write-page.js';

/** What a run found out about its candidate; both null where it has not come so far. */
export interface RunFindings {
  readonly details: EvaluationDetailsJson | null;
  readonly curve: LossCurveJson | null;
}

/** Where the page of a run lies. */
export const runPageDir = (runDir: string): string => join(runDir, 'evaluation');

/** Writes the page of a run that has ended, however it ended. */
export async function writeRunPage(
  runDir: string,
  run: RunJson & RunFindings,
  about: { readonly task: string; readonly trainer: string },
): Promise<void> {
  const { id, state, trigger, startedAtMs, evaluation, teacherCheck, details } = run;
  if (state === 'running') throw new TypeError(`The run ${id} has not ended.`);
  const page: EvaluationPageJson = {
    format: 'understudy-evaluation/1',
    task: about.task,
    codeVersion: codeVersion(),
    madeAtMs: run.endedAtMs ?? startedAtMs,
    run: {
      ...{ id, state, trigger, startedAtMs, trainer: about.trainer },
      endedAtMs: run.endedAtMs ?? startedAtMs,
      reasons: run.reasons,
    },
    gates: [...(teacherCheck ? [teacherCheck] : []), ...(evaluation?.gates ?? [])],
    dataset: run.dataset ?? null,
    snapshot: await readSnapshotFacts(join(runDir, 'snapshot')),
    training: evaluation?.training ?? null,
    curve: run.curve,
    compression: evaluation?.compression ?? null,
    details: details && named(details, run.candidateVersion),
  };
  await writePage(runPageDir(runDir), evaluationPage(page));
}

/** The registry has given the candidate its number since it was scored. */
function named(details: EvaluationDetailsJson, version: string | null): EvaluationDetailsJson {
  const { student } = details;
  return { ...details, student: { ...student, version: version ?? student.version } };
}

/** @returns null where the run ended before it had made one. */
async function readSnapshotFacts(dir: string): Promise<SnapshotJson | null> {
  if (!existsSync(join(dir, 'manifest.json'))) return null;
  const { manifest, sha256 } = await readSnapshotManifest(dir);
  const { seed, teacher, files, timeSpanMs } = manifest;
  return {
    ...{ sha256, seed, teacher, timeSpanMs },
    trainRows: files.train.rows,
    validationRows: files.validation.rows,
  };
}
