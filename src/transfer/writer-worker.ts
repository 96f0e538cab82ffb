import { workerData } from 'node:worker_threads';
import type { StoredRow } from '../capture/capture.js';
import type { ExportFormat } from '../http/api-types-export.js';
import type { TaskSpec } from '../task/task.js';
import { serveThread } from '../threads/serve-thread.js';
import { yieldToOthers } from '../threads/yield-to-others.js';
import { createRowWriter, type RowWriter } from './row-writer.js';

/** The thread behind `openWriterThread`: one writer, one call at a time, as they come. */
export interface WriterOptions {
  readonly format: ExportFormat;
  readonly spec: TaskSpec;
}
export type WriterCall =
  | { readonly kind: 'start' | 'end' }
  | { readonly kind: 'page'; readonly rows: readonly StoredRow[] };

yieldToOthers(); // Callers of predictions wait; nobody waits for the end of a file.

await serveThread<WriterCall, Uint8Array>(() => {
  const { format, spec } = workerData as WriterOptions;
  const writer = createRowWriter(format, spec);
  return {
    // Copied: the piece is given away, and small ones lie in a buffer that others share.
    answer: async (call) => {
      const result = new Uint8Array(await piece(writer, call));
      return { result, transfer: [result.buffer] };
    },
    close: () => {},
  };
});

function piece(writer: RowWriter, call: WriterCall): Uint8Array | Promise<Uint8Array> {
  return call.kind === 'page' ? writer.page(call.rows) : writer[call.kind]();
}
