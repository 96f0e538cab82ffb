import type { TeacherAnswer } from '../teacher.js';

/** The answers to the rows of one call, from whatever attempt: the first of each counts. */
export class RowAnswers {
  private readonly answers: (TeacherAnswer | undefined)[];

  /** @param onAnswer  hears each once. */
  constructor(
    rows: number,
    private readonly onAnswer: (row: number, answer: TeacherAnswer) => void = () => {},
  ) {
    this.answers = Array.from({ length: rows }, () => undefined);
  }

  readonly keep = (row: number, answer: TeacherAnswer): void => {
    if (this.answers[row] !== undefined) return;
    this.answers[row] = answer;
    this.onAnswer(row, answer);
  };

  /** Undefined while the row has none. */
  at(row: number): TeacherAnswer | undefined {
    return this.answers[row];
  }

  /** Places of the rows that have none, in their order. */
  missing(): readonly number[] {
    return [...this.answers.keys()].filter((row) => this.answers[row] === undefined);
  }

  /** Those that are there, in the order of their rows. */
  known(): readonly TeacherAnswer[] {
    return this.answers.filter((answer) => answer !== undefined);
  }

  get isComplete(): boolean {
    return !this.answers.includes(undefined);
  }
}
