import { notAnAnswer, type AnswerReader } from '../remote/answer-reader.js';
import { flattenLists } from '../../task/flatten-lists.js';
import { showValue } from '../../task/show-value.js';
import { sizeOf } from '../../task/tensor-codec.js';
import type { TeacherAnswer } from '../teacher.js';
import type { OipOptions } from './oip-options.js';
import type { OipPlan } from './oip-plan.js';

interface AnswerOf {
  readonly options: OipOptions;
  readonly plan: OipPlan;
  readonly reader: AnswerReader;
  /** Rows that were asked about. */
  readonly rows: number;
}

/**
 * Reads the answer of a server, which is not trusted: shape, number and kind of everything in it.
 *
 * @throws {TeacherFailedError} saying what is wrong with it.
 */
export function readOipAnswer(answer: unknown, of: AnswerOf): readonly TeacherAnswer[] {
  const { options, plan, reader, rows } = of;
  const { holds, temperature } = options.output;
  requireVersion(answer, options);
  const { name, shape, data } = outputIn(answer, of);
  const perRow = holds === 'label' ? 1 : reader.classes;
  const elements = flattenLists(data, rows * perRow + 1);
  const isShaped =
    sizeOf(shape) === rows * perRow && (!plan.isBatched || rows === 1 || shape[0] === rows);
  if (!isShaped || elements.length !== rows * perRow)
    throw notAnAnswer(options.name, {
      got:
        `${countText(elements.length, rows * perRow)} elements shaped [${shape.join(', ')}] ` +
        `in ${name}`,
      expected: `[${rows}${perRow === 1 ? '' : `, ${perRow}`}]`,
      change: "Check output.name and output.holds, and that its classes are the task's labels.",
    });
  return Array.from({ length: rows }, (_, row) =>
    holds === 'label'
      ? reader.fromLabel(elements[row])
      : reader.fromScores(elements.slice(row * perRow, (row + 1) * perRow), holds, temperature),
  );
}

/** Another version than the one that the task file names is another teacher. */
function requireVersion(answer: unknown, { name, modelVersion }: OipOptions): void {
  const given = fieldsOf(answer)['model_version'];
  if (modelVersion === null || given === undefined) return;
  if (given === modelVersion || given === Number(modelVersion)) return;
  throw notAnAnswer(name, {
    got: `an answer of version ${showValue(given)}`,
    expected: `one of version ${modelVersion}`,
    change: 'Serve that version there, or change modelVersion.',
  });
}

interface OutputTensor {
  readonly name: string;
  readonly shape: readonly number[];
  readonly data: readonly unknown[];
}

function outputIn(answer: unknown, { options, plan }: AnswerOf): OutputTensor {
  const { outputs } = fieldsOf(answer);
  const list: readonly unknown[] = Array.isArray(outputs) ? outputs : [];
  const wanted = plan.output;
  const found = list.map(fieldsOf).filter(({ name }) => wanted === null || name === wanted);
  const [first] = found;
  const { shape, data } = first ?? {};
  const isTensor = Array.isArray(shape) && shape.every(Number.isInteger) && Array.isArray(data);
  if (found.length === 1 && isTensor)
    return { name: wanted ?? 'its output', shape: shape as number[], data };
  const names = list.map((one) => showValue(fieldsOf(one)['name'])).slice(0, 10);
  throw notAnAnswer(options.name, {
    got: outputs === undefined ? 'no outputs' : `the outputs ${names.join(', ') || 'of none'}`,
    expected: wanted === null ? 'one tensor with shape and data' : `the tensor ${wanted}`,
    change: 'Check output.name; data must be JSON, not binary.',
  });
}

const countText = (count: number, most: number): string =>
  count > most ? `more than ${most}` : String(count);

const fieldsOf = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
