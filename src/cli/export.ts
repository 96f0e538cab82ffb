import { createWriteStream } from 'node:fs';
import { extname } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { openTransfer } from '../compose-transfer.js';
import { GatewayError, InvalidConfigError, InvalidInputError } from '../errors.js';
import type { ExportFormat } from '../http/api-types-export.js';
import { exportFormats, exportRows } from '../transfer/export-rows.js';
import { requireDataDir } from './task-control.js';
import { sourceOf } from './task-source.js';
import { createRowsBar } from './transfer-bar.js';

export interface ExportOptions {
  readonly config?: string;
  readonly dataDir?: string;
  readonly format?: string;
  readonly out?: string;
}

/** `understudy export TASK`: all rows of a task into a file, also while the gateway runs. */
export async function exportCommand(name: string, options: ExportOptions): Promise<void> {
  const { source, settings } = sourceOf(name, options);
  requireDataDir(settings.dataDir);
  const format = formatOf(options);
  const out = options.out ?? `${name}.${format}`;
  const { spec, capture } = await openTransfer(source, settings);
  try {
    const { rows: rowsTotal } = await capture.count(name);
    const bar = createRowsBar(() => performance.now());
    let rows = 0;
    // Rows that come meanwhile are written, too.
    const onProgress = (so: number): void => bar.show((rows = so), Math.min(1, so / rowsTotal));
    const pieces = exportRows({ spec, capture, format, onProgress });
    await pipeline(Readable.from(pieces), createWriteStream(out))
      .catch((cause: unknown) => {
        throw cause instanceof GatewayError ? cause : unwritable(out, cause);
      })
      .finally(bar.stop);
    console.log(`${rows} rows of ${name} are in ${out}.`);
  } finally {
    await capture.close();
  }
}

const unwritable = (out: string, cause: unknown): InvalidConfigError =>
  new InvalidConfigError(
    `${out} can not be written: ${String(cause)}. Name another file with --out.`,
    { out },
    { cause },
  );

/** What is asked for, or else what the file's name ends with; for neither, JSON lines. */
function formatOf({ format, out = '' }: ExportOptions): ExportFormat {
  const ending = extname(out).slice(1);
  const wanted = format ?? (ending === '' ? 'jsonl' : ending);
  const found = exportFormats.find((one) => one === wanted);
  if (found !== undefined) return found;
  const expected = exportFormats.join(', ');
  throw new InvalidInputError(
    `--format, or else the ending of --out, must be one of ${expected}; got ${wanted}.`,
    { field: 'format', expected, got: wanted },
  );
}
