import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Capture, StoredRow } from '../../src/capture/capture.js';
import { openPostgresCapture } from '../../src/capture/postgres/postgres-capture.js';
import { openSqliteCapture } from '../../src/capture/sqlite-capture.js';
import { readEveryRow } from './read-every-row.js';

const now = (): number => Date.now();

/**
 * All rows of a log whose gateway has ended, whatever their use, oldest first.
 *
 * @param databaseUrl  where the log is in PostgreSQL.
 */
export async function readLog(
  dataDir: string,
  databaseUrl: string | null = null,
): Promise<readonly StoredRow[]> {
  const capture = await openLog(dataDir, databaseUrl);
  try {
    return await readEveryRow(capture, 'squares');
  } finally {
    await capture.close();
  }
}

function openLog(dataDir: string, url: string | null): Promise<Capture> {
  if (url === null) return openSqliteCapture({ path: join(dataDir, 'capture.sqlite'), now });
  const key = readFileSync(join(dataDir, 'holdout.key'));
  const drawKeySha256 = createHash('sha256').update(key).digest('hex');
  return openPostgresCapture({ url, drawKeySha256, now });
}
