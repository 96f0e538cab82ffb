import { hash } from 'node:crypto';
import { noTeacherVersion, type Capture, type CapturedRow } from '../capture/capture.js';
import { tableRows, type TableRow } from '../files/table-rows.js';
import type { LabelledColumns } from '../task/labelled-columns.js';
import type { Input, TaskSpec } from '../task/task.js';
import { createUnusableRows } from '../task/unusable-rows.js';
import type { PromptCut } from './chat-log.js';
import { createColumnFinder } from './column-finder.js';
import { createChatRowReader, createTableRowReader, type FoundRow } from './found-row.js';

export interface ImportOptions {
  /** CSV, TSV, JSONL or Parquet, by its ending. */
  readonly path: string;
  /** `chat`: a log of LLM calls. `rows`: a column of inputs and one of labels. */
  readonly kind: 'chat' | 'rows';
  readonly cut: PromptCut;
  /** Of `rows`. Default: found by their usual names. */
  readonly columns?: LabelledColumns;
  readonly spec: TaskSpec;
  readonly capture: Pick<Capture, 'addNew'>;
  /** What the draw says of an input: its hash, and whether it may be learnt from. */
  readonly drawOf: (input: Input) => { readonly inputHash: string; readonly isTrainable: boolean };
  readonly now: () => number;
  /**
   * Called from time to time with the rows that were read so far, and the share of the file, in
   * [0, 1]; null where its size is not known.
   */
  readonly onProgress?: (rows: number, share: number | null) => void;
}

export interface ImportReport {
  readonly read: number;
  readonly added: number;
  /** They were in the log already. */
  readonly known: number;
  /** They were erased once. */
  readonly erased: number;
  /** Evidence of another log: they are not learnt from. */
  readonly heldOut: number;
  /** Without an input or a label of the task, or broken. */
  readonly unusable: number;
  /** Why those are, as `UnusableRows.reasons` has it. */
  readonly problems: readonly string[];
}

/** Rows of a commit: what is in memory at a time. */
const batchRows = 500;

/**
 * Takes a file into the log, to be learnt from. Its rows are no evidence of anything: none of them
 * is a holdout row. The same file, or a part of it, may be taken in again: a row is known by its
 * id, or by its input and label; where another task of the log has its id, it gets one of its own.
 * A line that is no row is told, and the others are taken. Memory does not grow with the file.
 *
 * @throws {InvalidConfigError} for a file that can not be read.
 */
export async function importRows(options: ImportOptions): Promise<ImportReport> {
  const { path, capture, onProgress } = options;
  const unusable = createUnusableRows();
  const counts = { read: 0, added: 0, known: 0, erased: 0, heldOut: 0 };
  let batch: CapturedRow[] = [];
  async function commit(): Promise<void> {
    const first = await capture.addNew(batch);
    const taken = new Set(first.ofOthers);
    const renamed = batch.filter(({ id }) => taken.has(id)).map(underNewId);
    const second = renamed.length === 0 ? null : await capture.addNew(renamed);
    for (const what of ['added', 'known', 'erased'] as const)
      counts[what] += first[what] + (second?.[what] ?? 0);
    batch = [];
  }
  const rowOf = createRowReader(options);
  let share: number | null = null;
  const onShare = (so: number): void => void (share = so);
  function countRow(): void {
    counts.read++;
    if (counts.read % batchRows === 0) onProgress?.(counts.read, share);
  }
  const onBroken = (line: number, what: string): void => {
    countRow();
    unusable.add(`line ${line}`, what);
  };
  for await (const values of tableRows(path, onBroken, onShare)) {
    countRow();
    const row = rowOf(values);
    if (typeof row === 'object') batch.push(row);
    else if (row === 'holdout') counts.heldOut++;
    else unusable.add(`row ${counts.read}`, row);
    if (batch.length >= batchRows) await commit();
  }
  if (batch.length > 0) await commit();
  return { ...counts, unusable: unusable.count, problems: unusable.reasons() };
}

/** The same row as often as it comes, and no other task's. */
const underNewId = (row: CapturedRow): CapturedRow => ({
  ...row,
  id: `import-${hash('sha256', `${row.task}\n${row.id}`).slice(0, 32)}`,
});

/** Reads a row of the file, or says why there is none; `holdout`: it is evidence of another log. */
function createRowReader(options: ImportOptions): (values: TableRow) => CapturedRow | string {
  const { path, kind, cut, columns, spec } = options;
  const read =
    kind === 'chat'
      ? createChatRowReader(spec, cut)
      : createTableRowReader(spec, createColumnFinder(path, spec.input, columns));
  return (values) => capturedRow(read(values), options);
}

function capturedRow(
  found: FoundRow | string,
  { spec, drawOf, now }: ImportOptions,
): CapturedRow | string {
  if (typeof found === 'string') return found;
  const { input, label } = found;
  const { inputHash, isTrainable } = drawOf(input);
  return {
    id: found.id ?? `import-${hash('sha256', `${spec.name}\n${inputHash}\n${label}`).slice(0, 32)}`,
    task: spec.name,
    source: 'import',
    createdMs: found.createdMs ?? now(),
    ...{ input, inputKept: 'full', inputHash, isTrainable, isHoldout: false },
    ...{ route: 'teacher', reason: 'import', propensity: 1, holdoutRate: 0 },
    ...{ studentVersion: null, studentLogits: null, studentLabel: null, studentLatencyMs: null },
    ...{ confidence: null, threshold: null },
    ...{ teacherName: '', teacherVersion: noTeacherVersion, teacherLabel: label },
    ...{ teacherProbabilities: found.probabilities, teacherLatencyMs: 0, costUsd: 0 },
    ...{ client: found.client, subject: found.subject },
  };
}
