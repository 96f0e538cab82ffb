import { InvalidConfigError, TeacherFailedError } from '../../errors.js';
import { softmax, topClass } from '../../routing/confidence.js';
import { showValue } from '../../task/show-value.js';
import type { TeacherAnswer } from '../teacher.js';

/** Scores of half floats that were meant as probabilities are off by so much, at most. */
const sumErrorMax = 0.01;

export interface AnswerReaderOptions {
  /** Of the teacher. */
  readonly name: string;
  /** Of the task. */
  readonly labels: readonly string[];
  /** The labels in the order of the teacher's scores; null: the task's. */
  readonly classes: readonly string[] | null;
  readonly costUsd: number;
}

/** What scores are; see `AnswerReader`. */
export type ScoresKind = 'probabilities' | 'logits';

/** Makes answers of what a server has sent, or says why it is none. */
export interface AnswerReader {
  /** How many scores a row has. */
  readonly classes: number;
  /**
   * @param value  a label's text, or the number of a class.
   * @throws {TeacherFailedError} when the task has no such label.
   */
  fromLabel(value: unknown): TeacherAnswer;
  /**
   * @param values  a number for each class: probabilities, which sum to 1, or logits.
   * @throws {TeacherFailedError} for anything else.
   */
  fromScores(values: readonly unknown[], kind: ScoresKind, temperature: number): TeacherAnswer;
}

/** @throws {InvalidConfigError} when `classes` are not the task's labels in another order. */
export function createAnswerReader(options: AnswerReaderOptions): AnswerReader {
  const { name, labels, costUsd } = options;
  const labelOfClass = orderOf(options);
  const indexOf = new Map(labels.map((label, index) => [label, index]));
  // Of labels 1, 2, 3 a number 1 is the first one by its name, and the second by its place.
  const areNumbersPlaces =
    options.classes !== null ||
    labels.every((label, index) => !/^\d+$/.test(label) || Number(label) === index);
  const refuse = (got: string, expected: string, change: string): never => {
    throw notAnAnswer(name, { got, expected, change });
  };

  return {
    classes: labels.length,
    fromLabel(value) {
      if (typeof value === 'number' && !areNumbersPlaces)
        return refuse(
          `the label ${value}, a number, where labels look like other numbers`,
          'a text',
          'List the labels in the order of its classes, or have it answer with texts.',
        );
      const label = typeof value === 'number' ? labelOfClass[value] : indexOf.get(value as string);
      if (label !== undefined) return { label, probabilities: null, costUsd };
      return refuse(
        showValue(value),
        `one of the ${labels.length} labels`,
        'Give the task the labels that the teacher has.',
      );
    },
    fromScores(values, kind, temperature) {
      if (values.length !== labels.length)
        return refuse(
          `${values.length} scores`,
          `${labels.length}, one for each label`,
          'Give the task the labels that the teacher has.',
        );
      const scores = new Float64Array(labels.length);
      values.forEach((value, index) => {
        if (typeof value !== 'number' || !Number.isFinite(Math.fround(value)))
          return refuse(`the score ${showValue(value)}`, 'a finite number', 'Look at its model.');
        scores[labelOfClass[index]!] = value;
      });
      const probabilities =
        kind === 'logits'
          ? softmax(Float32Array.from(scores), temperature)
          : (normalised(scores) ?? notOne(scores));
      return { label: topClass(probabilities).label, probabilities, costUsd };
    },
  };

  function notOne(scores: Float64Array): never {
    const sum = scores.reduce((total, score) => total + score, 0);
    const from = `${Math.min(...scores)} to ${Math.max(...scores)}`;
    return refuse(
      `scores from ${from} with the sum ${sum}`,
      'probabilities from 0 to 1 with the sum 1',
      'If these are logits, say so in the task file.',
    );
  }
}

/**
 * What a teacher has sent, what was expected, and what to change.
 *
 * @param options  isRetryable: it may answer otherwise when asked again; isOfInput: it does not
 *                 label this input, and others have nothing to do with it.
 */
export function notAnAnswer(
  name: string,
  misfit: { readonly got: string; readonly expected: string; readonly change: string },
  { isRetryable = false, isOfInput = false }: NotAnAnswerOptions = {},
): TeacherFailedError {
  const { got, expected, change } = misfit;
  const message = `Teacher ${name} gave ${got}; expected ${expected}. ${change}`;
  const details = { got, expected, ...(isOfInput ? { isOfInput } : {}) };
  return new TeacherFailedError(message, details, { isRetryable });
}

interface NotAnAnswerOptions {
  readonly isRetryable?: boolean;
  readonly isOfInput?: boolean;
}

/** @returns null for what is no distribution. */
function normalised(scores: Float64Array): Float64Array | null {
  const isIn = scores.every((score) => score >= -sumErrorMax && score <= 1 + sumErrorMax);
  const positive = scores.map((score) => Math.max(0, score));
  const sum = positive.reduce((total, score) => total + score, 0);
  if (!isIn || Math.abs(sum - 1) > sumErrorMax) return null;
  return positive.map((score) => score / sum);
}

/** Index of the task's label for each class of the teacher. */
function orderOf({ name, labels, classes }: AnswerReaderOptions): readonly number[] {
  if (classes === null) return labels.map((_, index) => index);
  const order = classes.map((label) => labels.indexOf(label));
  const unknown = classes.find((_, index) => order[index]! < 0);
  if (unknown === undefined && new Set(order).size === labels.length) return order;
  const why =
    unknown === undefined ? 'they are not all of them, once each' : `the task has no "${unknown}"`;
  throw new InvalidConfigError(
    `The classes of teacher ${name} must be the task's labels in the teacher's order: ${why}.`,
  );
}
