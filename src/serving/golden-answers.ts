import { z } from 'zod';
import { goldenKeyOf, type GoldenLabels } from '../distillation/grade-teacher.js';
import type { JsonFile } from '../files/json-file.js';
import type { Input } from '../task/task.js';
import { labelKeeping, RowAnswers } from '../teacher/resilience/row-answers.js';
import type { Teacher, TeacherAnswer } from '../teacher/teacher.js';
import { openLabelPurse } from './label-purse.js';
import type { CallPurse } from './purse-of.js';
import type { TaskBus } from './task-bus.js';
import type { Budget } from './budget-account.js';

/** What a teacher has said of golden rows. */
export interface SavedGoldenAnswers {
  readonly teacherVersion: string;
  /** When the first of them was asked for, ms since the epoch. */
  readonly askedAtMs: number;
  readonly labels: GoldenLabels;
}

export const savedGoldenAnswersSchema: z.ZodType<SavedGoldenAnswers> = z.object({
  teacherVersion: z.string(),
  askedAtMs: z.number(),
  labels: z.record(z.string(), z.number().int().min(0)),
});

export interface GoldenAnswersParts {
  readonly bus: TaskBus;
  /** Answers anew each time. */
  readonly teacher: Teacher;
  readonly budget: Budget;
  readonly goldenInputs: readonly Input[];
  readonly file: JsonFile<SavedGoldenAnswers>;
  /** When the teacher was found to answer otherwise than before, ms since the epoch; 0: never. */
  readonly teacherChangedMs: () => number;
  readonly now: () => number;
}

/** Rows that are asked about, the first ones by their hash: a fair sample, always the same. */
export const goldenAskedMax = 400;
/** Rows of a call: callers who wait for the teacher come in between. */
const callRows = 8;

/**
 * Asks the teacher about golden rows, each once for a version of it. Where it can not be used, or
 * the hour's budget is spent, what is known has to do: the next run asks for the rest.
 *
 * @returns the labels of those that it was ever asked about.
 */
export async function askGolden(
  parts: GoldenAnswersParts,
  signal: AbortSignal,
): Promise<GoldenLabels> {
  const { teacher, file, now } = parts;
  const saved = await file.read();
  const isOfTeacher =
    saved?.teacherVersion === teacher.version && saved.askedAtMs > parts.teacherChangedMs();
  const known = new Map(isOfTeacher ? Object.entries(saved.labels) : []);
  const askedAtMs = isOfTeacher ? saved.askedAtMs : now();
  const open = sampleOf(parts.goldenInputs).filter(([key]) => !known.has(key));
  if (open.length > 0) {
    await ask(open, { ...parts, signal, known });
    const labels = Object.fromEntries(known);
    await file.write({ teacherVersion: teacher.version, askedAtMs, labels });
  }
  return Object.fromEntries(known);
}

type Keyed = readonly [key: string, input: Input];

const sampleOf = (inputs: readonly Input[]): Keyed[] =>
  inputs
    .map((input): Keyed => [goldenKeyOf(input), input])
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .slice(0, goldenAskedMax);

async function ask(
  open: readonly Keyed[],
  {
    signal,
    known,
    ...parts
  }: GoldenAnswersParts & {
    readonly signal: AbortSignal;
    readonly known: Map<string, number>;
  },
): Promise<void> {
  const { bus, teacher } = parts;
  for (let start = 0; start < open.length; start += callRows) {
    const rows = open.slice(start, start + callRows);
    const graded: TeacherAnswer[] = [];
    let purse: CallPurse | null = null;
    try {
      const inputs = rows.map(([, input]) => input);
      const paid = await openLabelPurse(parts, inputs);
      purse = paid.purse;
      const asked = rows.slice(0, paid.rows);
      if (asked.length === 0) return;
      const answered = (row: number, answer: TeacherAnswer): void => {
        known.set(asked[row]![0], answer.label);
        graded.push(answer);
        bus.emit('teacherGraded', answer.costUsd);
      };
      const { keep } = new RowAnswers(asked.length, answered);
      await labelKeeping(teacher, inputs.slice(0, paid.rows), { signal, context: { purse }, keep });
    } catch (error) {
      if (!signal.aborted) bus.emit('teacherUngraded', error);
      return;
    } finally {
      purse?.close();
      purse?.given(graded);
    }
  }
}
