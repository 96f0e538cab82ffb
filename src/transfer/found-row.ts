import type { TableRow } from '../files/table-rows.js';
import { isSubject } from '../http/subject.js';
import { createImageNumbers } from '../task/image-numbers.js';
import { knownLabelsOf, labelOfCell } from '../task/label-of-cell.js';
import type { FoundColumns } from '../task/labelled-columns.js';
import { inputIn } from '../task/input-in-row.js';
import type { Input, TaskSpec } from '../task/task.js';
import { labelIn, readChatLine, type PromptCut } from './chat-log.js';

/** What a file says of a row. */
export interface FoundRow {
  readonly id: string | null;
  readonly input: Input;
  readonly label: number;
  readonly createdMs: number | null;
  readonly probabilities: Float64Array | null;
  readonly client: string | null;
  readonly subject: string | null;
}

/** Reads lines of a log of LLM calls. */
export function createChatRowReader(
  spec: TaskSpec,
  cut: PromptCut,
): (values: TableRow) => FoundRow | string {
  const about = { input: spec.input, imageNumbers: createImageNumbers() };
  return (values) => {
    const line = readChatLine(values, cut);
    if (typeof line === 'string') return line;
    const label = labelIn(line.answer, spec.labels);
    if (label === null)
      return `the answer ${JSON.stringify(line.answer.slice(0, 80))} is no label.`;
    const input = inputIn({ prompt: line.text }, { input: 'prompt' }, about);
    if (typeof input === 'string') return `the ${input}`;
    const unknown = { id: null, probabilities: null, client: null, subject: null };
    return { ...unknown, input, label, createdMs: line.createdMs };
  };
}

/** Reads rows of inputs with labels, as they come or as an export has them. */
export function createTableRowReader(
  spec: TaskSpec,
  columnsOf: (values: TableRow) => FoundColumns | string,
): (values: TableRow) => FoundRow | string {
  const labels = knownLabelsOf(spec.labels);
  const about = { input: spec.input, imageNumbers: createImageNumbers() };
  return (values) => {
    if (flagOf(values['isHoldout'])) return 'holdout';
    const columns = columnsOf(values);
    if (typeof columns === 'string') return columns;
    const name = labelOfCell(values[columns.label], labels);
    if (typeof name !== 'string') return `${columns.label} ${name.problem}`;
    const input = inputIn(values, columns, about);
    if (typeof input === 'string') return input;
    const subject = textOf(values['subject']);
    return {
      id: textOf(values['id']),
      ...{ input, label: spec.labels.indexOf(name) },
      createdMs: numberOf(values['createdAtMs']),
      probabilities: name === textOf(values['teacherLabel']) ? probabilitiesOf(values, spec) : null,
      client: textOf(values['client']),
      subject: isSubject(subject) ? subject : null,
    };
  };
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
