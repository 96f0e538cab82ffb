import type { RowWriter } from './row-writer.js';
import { openThread } from '../threads/thread.js';
import type { WriterCall, WriterOptions } from './writer-worker.js';

/** A writer in a thread of its own. */
export interface WriterThread {
  readonly start: () => Promise<Uint8Array>;
  readonly page: (...page: Parameters<RowWriter['page']>) => Promise<Uint8Array>;
  readonly end: () => Promise<Uint8Array>;
  readonly close: () => Promise<void>;
}

/**
 * Starts a thread that makes a file of rows: a megabyte of inputs takes up to a second to write and
 * compress, and the event loop has predictions to answer. Rows are copied to it, about 1 ms a page.
 */
export async function openWriterThread({ format, spec }: WriterOptions): Promise<WriterThread> {
  const { name, title, input, labels } = spec;
  const thread = await openThread<WriterCall, Uint8Array>({
    url: new URL('./writer-worker.js', import.meta.url),
    data: { format, spec: { name, title, input, labels } } satisfies WriterOptions,
    errors: {
      refused: (message) => new Error(`The export can not start: ${message}`),
      failed: (message) => new Error(`The export failed: ${message}`),
      ended: (cause) => new Error('The thread that writes the export has ended.', { cause }),
    },
  });
  return {
    start: () => thread.call({ kind: 'start' }),
    page: (rows) => thread.call({ kind: 'page', rows }),
    end: () => thread.call({ kind: 'end' }),
    close: () => thread.close(),
  };
}
