import type { Capture, StoredRow } from '../../src/capture/capture.js';

/** All rows of a task, whatever their use, oldest first. */
export async function readEveryRow(capture: Capture, task: string): Promise<readonly StoredRow[]> {
  const rows: StoredRow[] = [];
  for (;;) {
    const afterSequence = rows.at(-1)?.sequence ?? 0;
    const page = await capture.readPage({ task, afterSequence, rowsMax: 1_000 });
    if (page.length === 0) return rows;
    rows.push(...page);
  }
}
