import type { Capture } from '../capture/capture.js';
import type { PredictRequest } from '../task/task-service.js';
import type { TaskSpec } from '../task/task.js';
import type { Teacher, TeacherAnswer } from '../teacher/teacher.js';
import type { DegradedReason } from './answer-row.js';
import { capturedRowOf, pendingRowOf } from './captured-row.js';
import type { Draft } from './draft.js';
import type { Patience } from './patience.js';
import { standIn, type StandInParts } from './stand-in.js';

export interface AskTeacherParts extends StandInParts {
  readonly spec: TaskSpec;
  readonly teacher: Teacher;
  readonly capture: Capture;
}

export interface TeacherPart {
  /** By the id of the row. */
  readonly answers: ReadonlyMap<string, TeacherAnswer>;
  /** Why the student's answers stand in for the teacher's; null when they do not. */
  readonly degraded: DegradedReason | null;
  readonly timings: { readonly teacherMs?: number; readonly captureMs?: number };
}

/** What came of a request without unsure rows. */
export const noTeacherPart: TeacherPart = { answers: new Map(), degraded: null, timings: {} };

export interface EscalationContext {
  /** As the caller asked. */
  readonly route: PredictRequest['route'];
  readonly patience: Patience;
}

/** Asks the teacher for rows, at least one. */
export type Escalate = (
  drafts: readonly Draft[],
  context: EscalationContext,
) => Promise<TeacherPart>;

/**
 * Asks the teacher for the unsure rows, and returns only when their rows are on disk. Where the
 * teacher cannot be used, in time or at all, the policy decides: the student's answers, marked
 * `degraded`, or the error.
 *
 * @throws {CancelledError} when the caller has hung up, or has no time left and the policy does not
 *         let the student stand in.
 */
export async function askTeacher(
  parts: AskTeacherParts,
  drafts: readonly Draft[],
  { route, patience }: EscalationContext,
): Promise<TeacherPart> {
  const startedMs = performance.now();
  let answers: readonly TeacherAnswer[];
  try {
    const inputs = drafts.map(({ input }) => input);
    answers = await parts.teacher.label(inputs, patience.signal);
  } catch (error) {
    return standIn(parts, error, { drafts, route, patience, startedMs });
  }
  const teacherMs = performance.now() - startedMs;
  const rows = drafts.map((draft, index) =>
    capturedRowOf(pendingRowOf(draft, parts.spec.name), parts.teacher, {
      answer: answers[index]!,
      latencyMs: teacherMs,
    }),
  );
  await parts.capture.append(rows);
  parts.bus.emit('captured', rows);
  const captureMs = performance.now() - startedMs - teacherMs;
  return {
    answers: new Map(drafts.map(({ id }, index) => [id, answers[index]!])),
    degraded: null,
    timings: { teacherMs, captureMs },
  };
}
