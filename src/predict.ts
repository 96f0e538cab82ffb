import type { Capture } from './capture/capture.js';
import type { AnswerJson } from './http/api-types.js';
import { softmax, topClass } from './routing/confidence.js';
import { decideRoute } from './routing/decide-route.js';
import { answerOf, degradedReason, type DegradedReason } from './serving/answer-row.js';
import { capturedRowOf, pendingRowOf } from './serving/captured-row.js';
import type { Draft, Opinion } from './serving/draft.js';
import type { RowDraw } from './serving/draw-row.js';
import type { Guarantee } from './serving/guarantee.js';
import type { HoldoutLabeller } from './serving/holdout-labeller.js';
import type { TaskBus } from './serving/task-bus.js';
import type { OnnxStudent } from './student/onnx-student.js';
import type { Slot } from './student/student-slot.js';
import type { PredictRequest } from './task/task-service.js';
import type { TaskSpec } from './task/task.js';
import type { Teacher, TeacherAnswer } from './teacher/teacher.js';

export interface PredictParts {
  readonly spec: TaskSpec;
  readonly slot: Slot<OnnxStudent>;
  readonly teacher: Teacher;
  readonly capture: Capture;
  readonly guarantee: Guarantee;
  readonly labeller: HoldoutLabeller;
  readonly bus: TaskBus;
  readonly drawRow: (row: Float32Array) => RowDraw;
  readonly studentCostPerRowUsd: (student: OnnxStudent) => number;
  readonly now: () => number;
  readonly newId: () => string;
}

export type Predict = (
  request: PredictRequest,
  signal: AbortSignal,
) => Promise<readonly AnswerJson[]>;

/**
 * The life of a request: draw holdout -> student -> decide row by row -> teacher for the unsure
 * rows -> capture -> answers in order.
 */
export function createPredict(parts: PredictParts): Predict {
  return async function predict(request, caller) {
    const signal = withDeadline(caller, request.timeoutMs);
    const lease = parts.slot.acquire(); // One version for the whole request, whatever is promoted.
    try {
      const draws = request.rows.map(parts.drawRow); // Before the student has seen a row.
      const { threshold, holdoutRate, policy } = parts.guarantee;
      const startedMs = performance.now();
      const opinions = await askStudent(lease?.value ?? null, request.rows, signal);
      const studentMs = performance.now() - startedMs;

      const drafts = request.rows.map((input, index): Draft => {
        const opinion = opinions?.[index] ?? null;
        const confidence = opinion?.confidence ?? null;
        return {
          id: parts.newId(),
          createdMs: parts.now(),
          input,
          opinion,
          draw: draws[index]!,
          isHoldout: draws[index]!.holdout < holdoutRate,
          isTrainable: draws[index]!.holdout >= policy.coldHoldoutRate,
          holdoutRate,
          exploreRate: policy.exploreRate,
          threshold,
          studentVersion: lease?.value.version ?? null,
          route: decideRoute({ requested: request.route, confidence, threshold }),
          client: request.client,
        };
      });

      const unsure = drafts.filter(({ route }) => route.kind === 'teacher');
      const teacherPart = await askTeacher(parts, unsure, request, signal);
      const timings = { preprocessMs: request.preprocessMs, studentMs, ...teacherPart.timings };
      const studentCostUsd = lease === null ? 0 : parts.studentCostPerRowUsd(lease.value);
      const answers = drafts.map((draft) => {
        const teacherAnswer = teacherPart.answers.get(draft.id) ?? null;
        const degraded = draft.route.kind === 'teacher' ? teacherPart.degraded : null;
        if (teacherAnswer === null) labelLater(parts, draft, degraded);
        return answerOf(draft, teacherAnswer, {
          parts,
          studentCostUsd,
          timings,
          degraded,
          request,
        });
      });
      parts.bus.emit('answered', answers);
      return answers;
    } finally {
      lease?.release();
    }
  };
}

const withDeadline = (caller: AbortSignal, timeoutMs: number | null): AbortSignal =>
  timeoutMs === null ? caller : AbortSignal.any([caller, AbortSignal.timeout(timeoutMs)]);

async function askStudent(
  student: OnnxStudent | null,
  rows: readonly Float32Array[],
  signal: AbortSignal,
): Promise<readonly Opinion[] | null> {
  if (student === null) return null;
  const { temperature } = student.manifest.calibration;
  const outputs = await student.predict(rows, signal);
  return outputs.map((logits) => {
    const probabilities = softmax(logits, temperature);
    return { logits, probabilities, ...topClass(probabilities) };
  });
}

interface TeacherPart {
  readonly answers: ReadonlyMap<string, TeacherAnswer>;
  /** Why the student's answers stand in for the teacher's; null when they do not. */
  readonly degraded: DegradedReason | null;
  readonly timings: { readonly teacherMs?: number; readonly captureMs?: number };
}

/** Asks the teacher for the unsure rows, and returns only when their rows are on disk. */
async function askTeacher(
  parts: PredictParts,
  drafts: readonly Draft[],
  request: PredictRequest,
  signal: AbortSignal,
): Promise<TeacherPart> {
  if (drafts.length === 0) return { answers: new Map(), degraded: null, timings: {} };
  const startedMs = performance.now();
  let answers: readonly TeacherAnswer[];
  try {
    const inputs = drafts.map(({ input }) => input);
    answers = await parts.teacher.label(inputs, signal);
  } catch (error) {
    const reason = degradedReason(error);
    const canDegrade =
      parts.guarantee.policy.onTeacherFailure === 'degraded' &&
      request.route !== 'teacher' &&
      drafts.every(({ opinion }) => opinion !== null);
    if (reason === null || !canDegrade) throw error;
    parts.bus.emit('teacherUnusable', reason, error);
    const teacherMs = performance.now() - startedMs;
    return { answers: new Map(), degraded: reason, timings: { teacherMs } };
  }
  const teacherMs = performance.now() - startedMs;
  const rows = drafts.map((draft, index) =>
    capturedRowOf(pendingRowOf(draft, parts.spec.name), parts.teacher, answers[index]!, teacherMs),
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

/**
 * Rows that the student answered are labelled off the caller's path: all that were drawn for
 * holdout, and some of the sure ones, to learn from.
 */
function labelLater(parts: PredictParts, draft: Draft, degraded: DegradedReason | null): void {
  const isExplored = draft.route.kind === 'student' && draft.draw.explore < draft.exploreRate;
  if (draft.isHoldout || isExplored)
    parts.labeller.add(pendingRowOf(draft, parts.spec.name, degraded));
}
