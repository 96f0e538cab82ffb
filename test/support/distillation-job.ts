import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import type { CapturedRow } from '../../src/capture/capture.js';
import type { Bounds } from '../../src/config/bounds-schema.js';
import type { DistillationJob } from '../../src/distillation/distillation-job.js';
import { capturedLine, drawLines, linesTask } from './lines-task.js';
import { inFile } from './in-file.js';

/** Whatever a client sends is learnt from. */
export const noBounds: Bounds = {
  clientShareMax: 1,
  nearDuplicatesMax: null,
  newClientHours: 0,
  trustedClients: [],
};

/** A run of the lines task in a directory of its own under `parent`. */
export function distillationJob(
  parent: string,
  changes: Partial<Omit<DistillationJob, 'limits'>> & {
    readonly limits?: Partial<DistillationJob['limits']>;
  } = {},
): DistillationJob {
  const limits: DistillationJob['limits'] = {
    trainer: { kind: 'embedded', student: 'auto' },
    schedule: null,
    everyRows: null,
    growth: null,
    probationHours: 0,
    trainingRowsMin: 50,
    choosingRowsMin: 20,
    trainingRowsMax: 10_000,
    bounds: noBounds,
    outOfScopeShare: 0.01,
    runMsP99Max: 1000,
    modelBytesMax: 1_000_000,
    bundlesMax: 5,
    shiftPixels: 1,
    seed: 1,
    searchWork: 4,
    searchSecondsMax: 600,
    ...changes.limits,
  };
  return {
    task: linesTask,
    target: { riskMax: 0.1, delta: 0.1 },
    teacher: { name: 'lines-teacher', version: 'v0-teacher' },
    capturePlace: inFile(join(parent, 'nowhere.sqlite')),
    configDir: parent,
    runDir: mkdtempSync(join(parent, 'run-')),
    parentBundleDir: null,
    seedFile: null,
    goldenFile: null,
    goldenLabels: {},
    nowMs: 1_700_000_000_000,
    evidenceAfterMs: 0,
    ...changes,
    limits,
  };
}

export interface LineTraffic {
  readonly trainingRows: number;
  readonly holdoutRows: number;
  /** Changes the label of training rows, to spoil them. */
  readonly mislabel?: (label: number) => number;
}

/** Lines as a gateway would have captured them; ids and moments count up. */
export function captureLines(traffic: LineTraffic, draw: () => number): CapturedRow[] {
  const { trainingRows, holdoutRows, mislabel = (label: number) => label } = traffic;
  const lines = drawLines(trainingRows + holdoutRows, draw);
  return lines.map((line, index) => {
    const isHoldout = index >= trainingRows;
    const row = capturedLine(line, { id: `row-${index}`, createdMs: index + 1, isHoldout });
    return isHoldout
      ? row
      : { ...row, teacherLabel: mislabel(line.label), teacherProbabilities: null };
  });
}
