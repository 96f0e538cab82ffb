import { hash } from 'node:crypto';
import { noTeacherVersion, type Capture, type CapturedRow } from '../capture/capture.js';
import { GatewayError } from '../errors.js';
import { tableRows, type TableRow } from '../files/table-rows.js';
import { parseInput } from '../http/parse-input.js';
import { isSubject } from '../http/subject.js';
import type { Input, TaskSpec } from '../task/task.js';
import { labelIn, readChatLine, type PromptCut } from './chat-log.js';

export interface ImportOptions {
  /** CSV, TSV, JSONL or Parquet, by its ending. */
  readonly path: string;
  /** `chat`: a log of LLM calls. `rows`: columns `input` and `label`, as an export has them. */
  readonly kind: 'chat' | 'rows';
  readonly cut: PromptCut;
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
  /** Why the first of those are. */
  readonly problems: readonly string[];
}

/** Rows of a commit: what is in memory at a time. */
const batchRows = 500;
const problemsMax = 5;

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
  const problems: string[] = [];
  const counts = { read: 0, added: 0, known: 0, erased: 0, heldOut: 0, unusable: 0 };
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
  let share: number | null = null;
  const onShare = (so: number): void => void (share = so);
  function refuse(problem: string): void {
    counts.unusable++;
    if (problems.length < problemsMax) problems.push(problem);
  }
  function countRow(): void {
    counts.read++;
    if (counts.read % batchRows === 0) onProgress?.(counts.read, share);
  }
  const onBroken = (line: number, what: string): void => {
    countRow();
    refuse(`Line ${line}: ${what}`);
  };
  for await (const values of tableRows(path, onBroken, onShare)) {
    countRow();
    const row = rowOf(values, options);
    if (typeof row === 'object') batch.push(row);
    else if (row === 'holdout') counts.heldOut++;
    else refuse(`Row ${counts.read}: ${row}`);
    if (batch.length >= batchRows) await commit();
  }
  if (batch.length > 0) await commit();
  return { ...counts, problems };
}

/** The same row as often as it comes, and no other task's. */
const underNewId = (row: CapturedRow): CapturedRow => ({
  ...row,
  id: `import-${hash('sha256', `${row.task}\n${row.id}`).slice(0, 32)}`,
});

/** The row, or why there is none. */
function rowOf(values: TableRow, options: ImportOptions): CapturedRow | string {
  const found = options.kind === 'chat' ? chatRow(values, options) : tableRow(values, options);
  if (typeof found === 'string') return found;
  const { spec, drawOf } = options;
  const { input, label } = found;
  const { inputHash, isTrainable } = drawOf(input);
  return {
    id: found.id ?? `import-${hash('sha256', `${spec.name}\n${inputHash}\n${label}`).slice(0, 32)}`,
    task: spec.name,
    source: 'import',
    createdMs: found.createdMs ?? options.now(),
    ...{ input, inputKept: 'full', inputHash, isTrainable, isHoldout: false },
    ...{ route: 'teacher', reason: 'import', propensity: 1, holdoutRate: 0 },
    ...{ studentVersion: null, studentLogits: null, studentLabel: null, studentLatencyMs: null },
    ...{ confidence: null, threshold: null },
    ...{ teacherName: '', teacherVersion: noTeacherVersion, teacherLabel: label },
    ...{ teacherProbabilities: found.probabilities, teacherLatencyMs: 0, costUsd: 0 },
    ...{ client: found.client, subject: found.subject },
  };
}

interface FoundRow {
  readonly id: string | null;
  readonly input: Input;
  readonly label: number;
  readonly createdMs: number | null;
  readonly probabilities: Float64Array | null;
  readonly client: string | null;
  readonly subject: string | null;
}

function chatRow(values: TableRow, { cut, spec }: ImportOptions): FoundRow | string {
  const line = readChatLine(values, cut);
  if (typeof line === 'string') return line;
  const label = labelIn(line.answer, spec.labels);
  if (label === null) return `the answer ${JSON.stringify(line.answer.slice(0, 80))} is no label.`;
  const input = inputOf(line.text, spec);
  if (typeof input === 'string') return input;
  const unknown = { id: null, probabilities: null, client: null, subject: null };
  return { ...unknown, input, label, createdMs: line.createdMs };
}

function tableRow(values: TableRow, { spec }: ImportOptions): FoundRow | string {
  if (flagOf(values['isHoldout'])) return 'holdout';
  if (!('label' in values || 'teacherLabel' in values) || !('input' in values || 'text' in values))
    return `it has ${Object.keys(values).join(', ')}, and needs input and label.`;
  const name = textOf(values['label'] ?? values['teacherLabel']);
  const label = name === null ? -1 : spec.labels.indexOf(name);
  if (label < 0) return `${JSON.stringify(name)} is no label of the task.`;
  const input = inputOf(values['input'] ?? values['text'], spec);
  if (typeof input === 'string') return input;
  const subject = textOf(values['subject']);
  return {
    id: textOf(values['id']),
    ...{ input, label },
    createdMs: numberOf(values['createdAtMs']),
    probabilities: name === textOf(values['teacherLabel']) ? probabilitiesOf(values, spec) : null,
    client: textOf(values['client']),
    subject: isSubject(subject) ? subject : null,
  };
}

/** The input, or what is wrong with it. */
function inputOf(value: unknown, spec: TaskSpec): Input | string {
  try {
    return parseInput(plainInput(value, spec), spec.input, 'input');
  } catch (error) {
    if (error instanceof GatewayError) return error.message;
    throw error;
  }
}

/** As the body of a prediction has it: a table holds bytes, and tensors as a text of JSON. */
function plainInput(value: unknown, { input }: TaskSpec): unknown {
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64');
  if (input.kind !== 'tensor' || typeof value !== 'string') return value;
  return parsed(value);
}

function probabilitiesOf(values: TableRow, { labels }: TaskSpec): Float64Array | null {
  const given = values['teacherProbabilities'];
  const list = typeof given === 'string' ? parsed(given) : given;
  const isWhole =
    Array.isArray(list) &&
    list.length === labels.length &&
    list.every((value) => typeof value === 'number' && value >= 0 && value <= 1);
  return isWhole ? Float64Array.from(list as number[]) : null;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return null;
  }
}

const textOf = (value: unknown): string | null =>
  typeof value === 'string' && value !== '' && !value.includes('\0') ? value : null;
const flagOf = (value: unknown): boolean => value === true || value === 'true';
function numberOf(value: unknown): number | null {
  const number = typeof value === 'string' && value !== '' ? Number(value) : value;
  return typeof number === 'number' && Number.isFinite(number) ? number : null;
}
