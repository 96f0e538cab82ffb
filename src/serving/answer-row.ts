import {
  CaptureFailedError,
  OverloadedError,
  TeacherFailedError,
  TeacherTimeoutError,
  TeacherUnavailableError,
} from '../errors.js';
import type { AnswerJson, RouteReason } from '../http/api-types.js';
import type { PredictRequest } from '../task/task-service.js';
import type { TaskSpec } from '../task/task.js';
import type { TeacherAnswer } from '../teacher/teacher.js';
import { softmax } from '../routing/confidence.js';
import type { Draft, Opinion } from './draft.js';

export type DegradedReason = Extract<RouteReason, `teacher-${string}` | 'capture-failed'>;

/** Names the reason when no answer of the teacher can be given; null for any other failure. */
export function degradedReason(error: unknown): DegradedReason | null {
  if (error instanceof TeacherTimeoutError) return 'teacher-timeout';
  if (error instanceof TeacherFailedError) return 'teacher-failed';
  if (error instanceof TeacherUnavailableError) return 'teacher-unavailable';
  if (error instanceof OverloadedError) return 'teacher-overloaded';
  if (error instanceof CaptureFailedError) return 'capture-failed';
  return null;
}

interface AnswerContext {
  readonly parts: { readonly spec: TaskSpec; readonly teacherName: string };
  /** Price of the student's opinion; 0 where there is none. */
  readonly studentCostUsd: number;
  readonly timings: {
    readonly preprocessMs: number;
    readonly studentMs: number;
    readonly teacherMs?: number;
    readonly captureMs?: number;
  };
  /** Why this row's student answered although the teacher was asked, or null. */
  readonly degraded: DegradedReason | null;
  readonly request: PredictRequest;
}

/** Puts one row's answer together, with its provenance. */
export function answerOf(
  draft: Draft,
  teacherAnswer: TeacherAnswer | null,
  context: AnswerContext,
): AnswerJson {
  const { parts, studentCostUsd, timings, degraded, request } = context;
  const { opinion, route } = draft;
  const asksTeacher = route.kind === 'teacher';
  const label = teacherAnswer?.label ?? opinion!.label;
  const probabilities = request.hasProbabilities ? probabilitiesOf(opinion, teacherAnswer) : null;
  const { preprocessMs, studentMs, teacherMs = 0, captureMs = 0 } = timings;
  return {
    id: draft.id,
    label: parts.spec.labels[label]!,
    confidence: opinion?.confidence ?? null,
    route: degraded === null ? route.kind : 'degraded',
    reason: degraded ?? route.reason,
    threshold: draft.threshold,
    studentVersion: draft.studentVersion,
    teacher: teacherAnswer === null ? null : (teacherAnswer.by?.name ?? parts.teacherName),
    latencyMs: {
      preprocess: rounded(preprocessMs),
      ...(opinion === null ? {} : { student: rounded(studentMs) }),
      ...(asksTeacher ? { teacher: rounded(teacherMs) } : {}),
      ...(teacherAnswer === null ? {} : { capture: rounded(captureMs) }),
      total: rounded(preprocessMs + studentMs + teacherMs + captureMs),
    },
    costUsd: studentCostUsd + (teacherAnswer?.costUsd ?? 0),
    ...(probabilities !== null
      ? { probabilities: probabilitiesByLabel(parts.spec.labels, probabilities) }
      : {}),
  };
}

/** To a microsecond: what is behind it is noise, and twelve more digits to write and to send. */
const rounded = (ms: number): number => Math.round(ms * 1000) / 1000;

/** [classes] of who answered; null where the teacher did and gave none. */
export function probabilitiesOf(
  opinion: Opinion | null,
  teacherAnswer: TeacherAnswer | null,
): Float64Array | null {
  if (teacherAnswer !== null) return teacherAnswer.probabilities;
  return softmax(opinion!.logits, opinion!.temperature);
}

/** label -> probability. */
export function probabilitiesByLabel(
  labels: readonly string[],
  probabilities: Float64Array,
): Readonly<Record<string, number>> {
  return Object.fromEntries(labels.map((label, index) => [label, probabilities[index]!]));
}
