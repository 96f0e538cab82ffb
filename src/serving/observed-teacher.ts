import {
  CancelledError,
  OverloadedError,
  TeacherTimeoutError,
  TeacherUnavailableError,
} from '../errors.js';
import type { Metrics } from '../telemetry/metrics.js';
import { labelKeeping, RowAnswers } from '../teacher/resilience/row-answers.js';
import { pricesOf, type Teacher, type TeacherAnswer } from '../teacher/teacher.js';

/**
 * Counts a teacher's calls.
 *
 * @param purpose  `answer` for a caller who waits, `labelling` off his path, `reask` to hold it
 *                 against itself, `golden` to hold it against the student.
 */
export function observeTeacher(
  teacher: Teacher,
  context: {
    readonly task: string;
    readonly purpose: 'answer' | 'labelling' | 'reask' | 'golden';
    readonly metrics: Metrics;
  },
): Teacher {
  const { task, purpose, metrics } = context;
  const labels = { task, teacher: teacher.name };
  return {
    name: teacher.name,
    version: teacher.version,
    ...pricesOf(teacher),
    async label(rows, signal, callContext = {}) {
      let outcome = 'ok';
      const answers = new RowAnswers(rows.length, callContext.answered);
      try {
        const { keep } = answers;
        return await labelKeeping(teacher, rows, { signal, context: callContext, keep });
      } catch (error) {
        outcome = outcomeOf(error);
        throw error;
      } finally {
        const known = answers.known(); // Of a call that has failed, what it leaves.
        metrics.add('teacherCalls', { ...labels, outcome });
        metrics.add('teacherRows', { ...labels, purpose }, known.length);
        for (const [kind, tokens] of Object.entries(tokensOf(known)))
          metrics.add('teacherTokens', { ...labels, kind }, tokens);
      }
    },
    close: () => teacher.close(),
  };
}

/** Of those that were asked for: who shares an answer has taken no more of them. */
function tokensOf(answers: readonly TeacherAnswer[]): Readonly<Record<string, number>> {
  const tokens = { input: 0, cached: 0, output: 0 };
  for (const { usage, isShared } of answers) {
    if (usage === undefined || isShared === true) continue;
    tokens.input += usage.inputTokens;
    tokens.cached += usage.cachedInputTokens;
    tokens.output += usage.outputTokens;
  }
  return tokens;
}

function outcomeOf(error: unknown): string {
  if (error instanceof TeacherTimeoutError) return 'timeout';
  if (error instanceof OverloadedError) return 'overloaded';
  if (error instanceof TeacherUnavailableError) return 'unavailable';
  if (error instanceof CancelledError) return 'cancelled';
  return 'failed';
}
