import { showValue } from '../../task/show-value.js';
import { notAnAnswer, type AnswerReader } from '../remote/answer-reader.js';
import { atPointer } from '../remote/json-pointer.js';
import type { TeacherAnswer } from '../teacher.js';
import type { HttpOptions } from './http-options.js';

interface AnswerOf {
  readonly options: Pick<HttpOptions, 'name' | 'request' | 'answer'>;
  readonly reader: AnswerReader;
  /** Names of the labels in the order of `reader`'s scores. */
  readonly classes: readonly string[];
  /** Rows that were asked about. */
  readonly rows: number;
}

/**
 * Reads the answer of an endpoint by the mapping; nothing in it is trusted.
 *
 * @throws {TeacherFailedError} saying what is wrong with it.
 */
export function readHttpAnswer(answer: unknown, of: AnswerOf): readonly TeacherAnswer[] {
  const { options, rows } = of;
  const { rows: rowsAt, label, scores } = options.answer;
  if (options.request.rows === 'one')
    return [readRow(valueAt(answer, label, of), valueAt(answer, scores, of), of)];
  if (rowsAt !== null) {
    const entries = listOf(valueAt(answer, rowsAt, of), rowsAt, of);
    return entries.map((entry) =>
      readRow(valueAt(entry, label, of), valueAt(entry, scores, of), of),
    );
  }
  const labels = label === null ? null : listOf(valueAt(answer, label, of), label, of);
  const lists = scores === null ? null : listOf(valueAt(answer, scores, of), scores, of);
  return Array.from({ length: rows }, (_, row) => readRow(labels?.[row], lists?.[row], of));
}

/** A label, scores, or both: then the label is what counts, and must not contradict them. */
function readRow(label: unknown, scores: unknown, of: AnswerOf): TeacherAnswer {
  const { options, reader } = of;
  const { holds, temperature } = options.answer;
  const fromLabel = label === undefined ? null : reader.fromLabel(ownName(label, of));
  if (scores === undefined) return fromLabel!;
  const fromScores = reader.fromScores(scoresIn(scores, of), holds, temperature);
  if (fromLabel === null) return fromScores;
  const { probabilities } = fromScores;
  const isLikeliest = probabilities![fromLabel.label]! >= probabilities![fromScores.label]! - 1e-9;
  if (isLikeliest) return { ...fromScores, label: fromLabel.label };
  throw notAnAnswer(options.name, {
    got: `the label ${showValue(label)}, which is not the one with the highest score`,
    expected: 'a label that its own scores agree with',
    change:
      "Check answer.label and answer.scores, and that answer.classes has the teacher's order.",
  });
}

/** A list in the order of the classes, `{label: score}`, or `[{label, score}]`. */
function scoresIn(scores: unknown, of: AnswerOf): readonly unknown[] {
  const isList = Array.isArray(scores);
  if (isList && !scores.some((one) => typeof one === 'object' && one !== null)) return scores;
  if (typeof scores !== 'object' || scores === null)
    throw misfit(of, `scores that are ${showValue(scores)}`, 'a list, or an object by label');
  const pairs: readonly (readonly [unknown, unknown])[] = isList
    ? scores.map((one: unknown) => [atPointer(one, '/label'), atPointer(one, '/score')] as const)
    : Object.entries(scores);
  const byLabel = new Map(pairs.map(([label, score]) => [ownName(label, of), score]));
  const missing = of.classes.find((label) => !byLabel.has(label));
  if (missing !== undefined || pairs.length !== of.classes.length)
    throw misfit(
      of,
      missing === undefined ? `${pairs.length} scores` : `no score of ${showValue(missing)}`,
      `one for each of the ${of.classes.length} labels`,
    );
  return of.classes.map((label) => byLabel.get(label));
}

const ownName = (label: unknown, { options: { answer } }: AnswerOf): unknown =>
  typeof label === 'string' && Object.hasOwn(answer.names, label) ? answer.names[label] : label;

/** @returns undefined only for a null pointer. */
function valueAt(from: unknown, pointer: string | null, of: AnswerOf): unknown {
  if (pointer === null) return undefined;
  const value = atPointer(from, pointer);
  if (value !== undefined && value !== null) return value;
  throw misfit(of, `nothing at "${pointer}"`, 'a value there');
}

function listOf(value: unknown, pointer: string, of: AnswerOf): readonly unknown[] {
  const got = Array.isArray(value) ? `${value.length} entries` : showValue(value);
  if (Array.isArray(value) && value.length === of.rows) return value;
  throw misfit(of, `${got} at "${pointer}"`, `a list with an entry for each of ${of.rows} rows`);
}

const misfit = ({ options }: AnswerOf, got: string, expected: string) =>
  notAnAnswer(options.name, { got, expected, change: 'Check the pointers of answer.' });
