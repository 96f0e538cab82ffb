import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Worker } from 'node:worker_threads';
import { parquetMetadata } from 'hyparquet';
import type { StoredRow } from '../../src/capture/capture.js';
import { exportFormats, exportRows, type ExportOptions } from '../../src/transfer/export-rows.js';
import { groupCharsMax } from '../../src/transfer/parquet-rows.js';
import { createRowWriter } from '../../src/transfer/row-writer.js';
import { encodeText } from '../../src/task/text-codec.js';
import type { TaskSpec } from '../../src/task/task.js';
import { capturedRow } from '../support/captured-row.js';

const million = 1_000_000;
const spec: TaskSpec = {
  ...{ name: 'texts', title: 'Texts', labels: ['no', 'yes'] },
  input: { kind: 'text', charsMax: million },
};
const largeText = encodeText('x'.repeat(million));
const rowAt = (sequence: number, input = largeText): StoredRow => ({
  ...capturedRow({ id: `row-${sequence}`, task: 'texts', input }),
  ...{ sequence, feedback: null },
});

/** A log of large rows, each a page of its own. */
const logOf = (rows: number): ExportOptions['capture'] => ({
  readPage: async ({ afterSequence }) => (afterSequence < rows ? [rowAt(afterSequence + 1)] : []),
});

describe('an export of large rows', () => {
  it('as Parquet has groups of so many characters, however many rows those are', async () => {
    const writer = createRowWriter('parquet', spec);
    const rows = Array.from({ length: 40 }, (_, k) => rowAt(k + 1));

    const page = await writer.page(rows); // More than two groups in one go.
    const file = Buffer.concat([page, await writer.end()]);

    const { buffer, byteOffset, byteLength } = file;
    const groups = parquetMetadata(buffer.slice(byteOffset, byteOffset + byteLength)).row_groups;
    assert.deepEqual(
      groups.map(({ num_rows: count }) => Number(count)),
      [17, 17, 6],
    );
    for (const { total_byte_size: bytes } of groups)
      assert.ok(Number(bytes) < groupCharsMax + 1.1 * million, `${bytes} bytes in a group`);
  });

  it('as Parquet has groups of so many rows where these are small', async () => {
    const writer = createRowWriter('parquet', spec);
    const small = encodeText('small');
    const rows = Array.from({ length: 5_000 }, (_, k) => rowAt(k + 1, small));

    const file = Buffer.concat([await writer.page(rows), await writer.end()]);

    const { buffer, byteOffset, byteLength } = file;
    const groups = parquetMetadata(buffer.slice(byteOffset, byteOffset + byteLength)).row_groups;
    assert.deepEqual(
      groups.map(({ num_rows: count }) => Number(count)),
      [4_096, 904],
    );
  });

  for (const format of exportFormats)
    it(`as ${format} leaves the event loop a turn at each page at least`, async () => {
      const pages = 12;
      let turns = 0;
      let isOver = false;
      const turn = (): void => {
        turns++;
        if (!isOver) setImmediate(turn);
      };
      setImmediate(turn);
      let bytes = 0;

      // What this thread writes itself would give the loop no turn: nothing else here waits.
      for await (const piece of exportRows({ spec, format, capture: logOf(pages) }))
        bytes += piece.byteLength;
      isOver = true;

      assert.ok(turns > pages, `${turns} turns in ${pages} pages`);
      assert.ok(bytes > (format === 'parquet' ? 1_000 : pages * million));
    });

  it('ends its thread also where the reader goes away in the middle', async () => {
    const threads: Worker[] = [];
    const take = (thread: Worker): void => void threads.push(thread);
    process.on('worker', take);
    let pieces = 0;

    for await (const piece of exportRows({ spec, format: 'jsonl', capture: logOf(1e9) }))
      if (piece.byteLength > 0 && ++pieces === 2) break;

    process.off('worker', take);
    const gone = -1; // What Node says of a thread that has ended.
    assert.deepEqual(
      threads.map(({ threadId }) => threadId),
      [gone],
    );
  });
});
