import { openTransfer } from '../compose-transfer.js';
import type { TaskConfig } from '../config/task-config.js';
import { InvalidConfigError, InvalidInputError } from '../errors.js';
import { importRows, type ImportReport } from '../transfer/import-rows.js';
import { sourceOf } from './task-source.js';
import { createRowsBar } from './transfer-bar.js';

export interface ImportOptions {
  readonly config?: string;
  readonly dataDir?: string;
  readonly kind: string;
  readonly after?: string;
  readonly before?: string;
  readonly inputColumn?: string;
  readonly labelColumn?: string;
}

/** `understudy import TASK FILE`: rows to learn from, also while the gateway runs. */
export async function importCommand(
  name: string,
  path: string,
  options: ImportOptions,
): Promise<void> {
  const { source, settings } = sourceOf(name, options);
  const { kind, after = null, before = null } = options;
  const { inputColumn = null, labelColumn = null } = options;
  if (kind !== 'rows' && kind !== 'chat') {
    const details = { field: 'kind', expected: 'rows or chat', got: kind };
    throw new InvalidInputError(`--kind must be rows or chat, got ${kind}.`, details);
  }
  requireKeptInputs(source.config);
  const transfer = await openTransfer(source, settings);
  const { spec, capture } = transfer;
  const bar = createRowsBar(() => performance.now());
  try {
    const report = await importRows({
      ...{ path, kind, spec, capture, cut: { after, before }, drawOf: await transfer.drawOf() },
      columns: { inputColumn, labelColumn },
      now: () => Date.now(),
      onProgress: bar.show,
    });
    bar.stop();
    console.log(wordsOf(report, name));
    if (report.added + report.known === 0) process.exitCode = 1;
  } finally {
    bar.stop();
    await capture.close();
  }
}

/** Without their inputs rows are no use: what is predicted from the file is not there to learn. */
function requireKeptInputs({ name, privacy: { inputs } }: TaskConfig): void {
  if (inputs === 'full' || inputs === 'redacted') return;
  throw new InvalidConfigError(
    `${name} keeps no inputs (privacy.inputs is ${inputs}), and nothing is learnt from rows ` +
      'without them. Nothing was imported. Set privacy.inputs to redacted or full.',
    { field: 'privacy.inputs', expected: 'redacted or full', got: inputs },
  );
}

function wordsOf(report: ImportReport, name: string): string {
  const { read, added, known, erased, heldOut, unusable, problems } = report;
  return [
    `${added} of ${read} rows are new to ${name} and may be learnt from, but for those that the ` +
      'draw keeps out.',
    ...(known > 0 ? [`${known} were in the log already.`] : []),
    ...(erased > 0 ? [`${erased} were erased once, and stay away.`] : []),
    ...(heldOut > 0 ? [`${heldOut} are holdout rows of another log: left out.`] : []),
    ...(unusable > 0 ? [`${unusable} can not be used:`] : []),
    ...problems.map((problem) => `  ${problem}`),
  ].join('\n');
}
