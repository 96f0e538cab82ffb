import { join } from 'node:path';
import type { StoredRow } from '../../src/capture/capture.js';
import { openSqliteCapture } from '../../src/capture/sqlite-capture.js';
import { readBundle } from '../../src/registry/read-bundle.js';

/** All rows of a log whose gateway has ended; the policy must leave none that is of no use. */
export async function readLog(dataDir: string, taskDir: string): Promise<readonly StoredRow[]> {
  const { manifest } = await readBundle(join(taskDir, 'teacher'));
  const path = join(dataDir, 'capture.sqlite');
  const capture = await openSqliteCapture({ path, now: () => Date.now() });
  const filter = { task: 'squares', teacherVersion: manifest.version };
  const everything = { ...filter, rowsMax: 1_000_000, createdAfterMs: 0 };
  try {
    return [
      ...(await capture.readTraining(everything)),
      ...(await capture.readHoldout(everything)),
    ];
  } finally {
    await capture.close();
  }
}
