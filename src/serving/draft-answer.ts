import { OverloadedError, TeacherFailedError, TeacherTimeoutError } from '../errors.js';
import type { AnswerJson, RouteReason } from '../http/api-types.js';
import type { decideRoute } from '../routing/decide-route.js';
import { topClass } from '../routing/confidence.js';
import type { TaskSpec } from '../task/task.js';
import type { Teacher, TeacherAnswer } from '../teacher/teacher.js';
import type { RowDraw } from './draw-row.js';

/** The student's view of one row. */
export interface Opinion {
  readonly logits: Float32Array;
  /** [classes], calibrated. */
  readonly probabilities: Float64Array;
  readonly label: number;
  readonly confidence: number;
}

/** Everything that is known of a row once it is decided who answers. */
export interface Draft {
  readonly id: string;
  readonly createdMs: number;
  readonly input: Float32Array;
  readonly opinion: Opinion | null;
  readonly draw: RowDraw;
  readonly isHoldout: boolean;
  readonly holdoutRate: number;
  readonly threshold: number | null;
  readonly studentVersion: string | null;
  readonly route: ReturnType<typeof decideRoute>;
}

type DegradedReason = Extract<RouteReason, `teacher-${string}`>;

/** Names the reason when the teacher could not be used; null for any other failure. */
export function degradedReason(error: unknown): DegradedReason | null {
  if (error instanceof TeacherTimeoutError) return 'teacher-timeout';
  if (error instanceof TeacherFailedError) return 'teacher-failed';
  if (error instanceof OverloadedError) return 'teacher-overloaded';
  return null;
}

interface AnswerContext {
  readonly parts: {
    readonly spec: TaskSpec;
    readonly teacher: Teacher;
    readonly studentCostPerRowUsd: () => number;
  };
  readonly timings: {
    readonly preprocessMs: number;
    readonly studentMs: number;
    readonly teacherMs?: number;
    readonly captureMs?: number;
  };
  readonly degraded: DegradedReason | null;
  readonly hasProbabilities: boolean;
}

/** Puts one row's answer together, with its provenance. */
export function draftAnswer(
  draft: Draft,
  teacherAnswer: TeacherAnswer | null,
  context: AnswerContext,
): AnswerJson {
  const { parts, timings, degraded } = context;
  const { opinion, route } = draft;
  const studentCostUsd = opinion === null ? 0 : parts.studentCostPerRowUsd();
  const asksTeacher = route.kind === 'teacher';
  const label = teacherAnswer?.label ?? opinion!.label;
  const probabilities = teacherAnswer === null ? opinion!.probabilities : teacherAnswer.probabilities;
  const { preprocessMs, studentMs, teacherMs = 0, captureMs = 0 } = timings;
  return {
    id: draft.id,
    label: parts.spec.labels[label]!,
    confidence: opinion?.confidence ?? null,
    route: !asksTeacher ? 'student' : teacherAnswer === null ? 'degraded' : 'teacher',
    reason: asksTeacher && degraded !== null ? degraded : route.reason,
    threshold: draft.threshold,
    studentVersion: draft.studentVersion,
    teacher: teacherAnswer === null ? null : parts.teacher.name,
    latencyMs: {
      preprocess: preprocessMs,
      ...(opinion === null ? {} : { student: studentMs }),
      ...(asksTeacher ? { teacher: teacherMs } : {}),
      ...(teacherAnswer === null ? {} : { capture: captureMs }),
      total: preprocessMs + studentMs + (asksTeacher ? teacherMs + captureMs : 0),
    },
    costUsd: studentCostUsd + (teacherAnswer?.costUsd ?? 0),
    ...(context.hasProbabilities && probabilities !== null
      ? { probabilities: byLabel(parts.spec.labels, probabilities) }
      : {}),
  };
}

function byLabel(
  labels: readonly string[],
  probabilities: Float64Array,
): Readonly<Record<string, number>> {
  return Object.fromEntries(labels.map((label, index) => [label, probabilities[index]!]));
}

/** The student's label of a stored row, from its logits. */
export function labelOf(logits: Float32Array): number {
  return topClass(Float64Array.from(logits)).label;
}
