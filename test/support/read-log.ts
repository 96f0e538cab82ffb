import { join } from 'node:path';
import type { StoredRow } from '../../src/capture/capture.js';
import { openSqliteCapture } from '../../src/capture/sqlite-capture.js';

/** All rows of a log whose gateway has ended, whatever their use, oldest first. */
export async function readLog(dataDir: string): Promise<readonly StoredRow[]> {
  const path = join(dataDir, 'capture.sqlite');
  const capture = await openSqliteCapture({ path, now: () => Date.now() });
  const rows: StoredRow[] = [];
  try {
    for (;;) {
      const afterSequence = rows.at(-1)?.sequence ?? 0;
      const page = await capture.readPage({ task: 'squares', afterSequence, rowsMax: 1_000 });
      if (page.length === 0) return rows;
      rows.push(...page);
    }
  } finally {
    await capture.close();
  }
}
