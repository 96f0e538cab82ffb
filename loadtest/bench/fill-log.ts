import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stringify } from 'yaml';
import type { CapturedRow } from '../../src/capture/capture.js';
import { openSqliteCapture } from '../../src/capture/sqlite-capture.js';
import { encodeText } from '../../src/task/text-codec.js';

export const logTask = 'moods';
const labels = ['bad', 'fair', 'good'];
const teacher = { name: 'remote', version: 'http-000000000000' };
/** Of a commit: the log's own groups. */
const batchRows = 1_000;
/** Every so many rows one is held out, and one is of a subject. */
const holdoutEvery = 50;
const subjectEvery = 100_000;

/** Writes the file of a task of short texts, whose teacher is never asked. @returns its path. */
export async function writeLogTask(dir: string): Promise<string> {
  const path = join(dir, 'moods.yaml');
  const task = {
    ...{ name: logTask, title: 'Moods', labels, input: { kind: 'text', charsMax: 500 } },
    teacher: {
      ...{ kind: 'http', name: teacher.name, url: 'http://127.0.0.1:9/', costPerRowUsd: 0.001 },
      answer: { label: '/label' },
    },
    policy: { riskMax: 0.05 },
  };
  await writeFile(path, stringify(task));
  return path;
}

/** Puts so many rows of short texts into the log of a data directory. */
export async function fillLog(dataDir: string, rows: number): Promise<void> {
  const path = join(dataDir, 'capture.sqlite');
  const capture = await openSqliteCapture({ path, now: () => Date.now() });
  try {
    for (let first = 0; first < rows; first += batchRows) {
      const length = Math.min(batchRows, rows - first);
      await capture.append(Array.from({ length }, (_, index) => rowOf(first + index)));
    }
  } finally {
    await capture.close();
  }
}

function rowOf(index: number): CapturedRow {
  const isHoldout = index % holdoutEvery === 0;
  const studentLogits = Float32Array.of(0.5, -(index % 7), 1.25);
  return {
    ...{
      id: `row-${index}`,
      task: logTask,
      source: 'traffic',
      createdMs: 1_700_000_000_000 + index,
    },
    input: encodeText(`Message ${index}: where is what I have ordered, and when will it come?`),
    ...{ inputKept: 'full', inputHash: index.toString(16).padStart(32, '0') },
    ...{ route: 'teacher', reason: 'unsure', isHoldout, isTrainable: !isHoldout },
    ...{
      propensity: 1,
      holdoutRate: 1 / holdoutEvery,
      studentVersion: 'v1-0a1b2c3d',
      studentLogits,
    },
    ...{ studentLabel: index % 3, studentLatencyMs: 0.5, confidence: (index % 997) / 997 },
    ...{ threshold: 0.9, teacherName: teacher.name, teacherVersion: teacher.version },
    ...{ teacherLabel: index % 4 === 0 ? 0 : index % 3, teacherLatencyMs: 20, costUsd: 0.001 },
    teacherProbabilities: Float64Array.of(0.2, 0.3, 0.5),
    client: `client-${index % 100}`,
    subject: index % subjectEvery === 1 ? 'ann' : null,
  };
}
