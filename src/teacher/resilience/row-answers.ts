import type { Input } from '../../task/task.js';
import type { CallContext, Teacher, TeacherAnswer } from '../teacher.js';

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

interface LabelOptions {
  readonly signal: AbortSignal | undefined;
  readonly context: Omit<CallContext, 'answered'>;
  /** Takes the answer to each row, as soon as it is there: at times once more. */
  readonly keep: RowAnswers['keep'];
}

/** Asks a teacher, and keeps what it says: of a call that fails, what was answered until then. */
export async function labelKeeping(
  teacher: Pick<Teacher, 'label'>,
  inputs: readonly Input[],
  { signal, context, keep }: LabelOptions,
): Promise<readonly TeacherAnswer[]> {
  const given = await teacher.label(inputs, signal, { ...context, answered: keep });
  given.forEach((answer, row) => keep(row, answer));
  return given;
}
