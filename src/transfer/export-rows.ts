import type { Capture, StoredRow } from '../capture/capture.js';
import type { ExportFormat } from '../http/api-types-export.js';
import type { TaskSpec } from '../task/task.js';
import { openWriterThread } from './writer-thread.js';

export const exportFormats: readonly ExportFormat[] = ['jsonl', 'csv', 'parquet'];

export interface ExportOptions {
  readonly spec: TaskSpec;
  readonly capture: Pick<Capture, 'readPage'>;
  readonly format: ExportFormat;
  /** Called after each page with the rows so far. */
  readonly onProgress?: (rows: number) => void;
}

/** Rows of a page: what is in memory at a time, as text of them is written. */
const pageRows = 512;

/**
 * Writes all rows of a task, oldest first, in pieces. Rows that come meanwhile may be among them.
 * Memory does not grow with the log: a page is read when the one before has been taken. The pieces
 * are made in a thread: the event loop has its turns whatever a row holds.
 */
export async function* exportRows(options: ExportOptions): AsyncGenerator<Uint8Array> {
  const writer = await openWriterThread(options);
  try {
    yield* some(await writer.start());
    for await (const page of pagesOf(options)) yield* some(await writer.page(page));
    yield* some(await writer.end());
  } finally {
    await writer.close();
  }
}

async function* pagesOf({
  spec,
  capture,
  onProgress,
}: ExportOptions): AsyncGenerator<readonly StoredRow[]> {
  let afterSequence = 0;
  for (let rows = 0; ;) {
    const page = await capture.readPage({ task: spec.name, afterSequence, rowsMax: pageRows });
    if (page.length === 0) return;
    yield page;
    rows += page.length;
    onProgress?.(rows);
    afterSequence = page.at(-1)!.sequence;
  }
}

function* some(bytes: Uint8Array): Generator<Uint8Array> {
  if (bytes.byteLength > 0) yield bytes;
}
