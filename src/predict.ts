import type { Capture, CapturedRow } from './capture/capture.js';
import type { Policy } from './config/task-config.js';
import type { AnswerJson } from './http/api-types.js';
import { softmax, topClass } from './routing/confidence.js';
import { decideRoute } from './routing/decide-route.js';
import { degradedReason, draftAnswer, type Draft, type Opinion } from './serving/draft-answer.js';
import type { RowDraw } from './serving/draw-row.js';
import type { Guarantee } from './serving/guarantee.js';
import type { HoldoutLabeller } from './serving/holdout-labeller.js';
import type { OnnxStudent } from './student/onnx-student.js';
import type { Slot } from './student/student-slot.js';
import type { PredictRequest } from './task/task-service.js';
import type { TaskSpec } from './task/task.js';
import type { Teacher, TeacherAnswer } from './teacher/teacher.js';

export interface PredictParts {
  readonly spec: TaskSpec;
  readonly policy: Policy;
  readonly slot: Slot<OnnxStudent>;
  readonly teacher: Teacher;
  readonly capture: Capture;
  readonly guarantee: Guarantee;
  readonly labeller: HoldoutLabeller;
  readonly drawRow: (row: Float32Array) => RowDraw;
  readonly studentCostPerRowUsd: () => number;
  readonly now: () => number;
  readonly newId: () => string;
  /** Called for every row that is on disk before its caller is answered. */
  readonly onCaptured: (row: CapturedRow) => void;
}

export type Predict = (
  request: PredictRequest,
  signal: AbortSignal,
) => Promise<readonly AnswerJson[]>;

/**
 * The life of a request: draw holdout -> student -> decide row by row -> teacher for the unsure rows
 * -> capture -> answers in order.
 */
export function createPredict(parts: PredictParts): Predict {
  return async function predict(request, caller) {
    const signal =
      request.timeoutMs === null
        ? caller
        : AbortSignal.any([caller, AbortSignal.timeout(request.timeoutMs)]);
    const lease = parts.slot.acquire(); // One version for the whole request, whatever is promoted.
    try {
      const { threshold, holdoutRate } = parts.guarantee;
      const draws = request.rows.map(parts.drawRow); // Before the student has seen a row.
      const studentStartedMs = performance.now();
      const opinions = await askStudent(lease?.value ?? null, request.rows, signal);
      const studentMs = performance.now() - studentStartedMs;

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
          holdoutRate,
          threshold,
          studentVersion: lease?.value.version ?? null,
          route: decideRoute({ requested: request.route, confidence, threshold }),
        };
      });

      const escalated = drafts.filter(({ route }) => route.kind === 'teacher');
      const teacherPart = await askTeacher(parts, escalated, request, signal);
      return drafts.map((draft) => {
        if (draft.route.kind === 'student') labelLater(parts, draft, request.client);
        const timings = { preprocessMs: request.preprocessMs, studentMs, ...teacherPart.timings };
        return draftAnswer(draft, teacherPart.answers.get(draft.id) ?? null, {
          parts,
          timings,
          degraded: teacherPart.degraded,
          hasProbabilities: request.hasProbabilities,
        });
      });
    } finally {
      lease?.release();
    }
  };
}

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
  readonly degraded: ReturnType<typeof degradedReason>;
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
      parts.policy.onTeacherFailure === 'degraded' &&
      request.route !== 'teacher' &&
      drafts.every(({ opinion }) => opinion !== null);
    if (reason === null || !canDegrade) throw error;
    const teacherMs = performance.now() - startedMs;
    return { answers: new Map(), degraded: reason, timings: { teacherMs } };
  }
  const teacherMs = performance.now() - startedMs;
  const rows = drafts.map((draft, index) =>
    capturedRow(parts, draft, { answer: answers[index]!, client: request.client, teacherMs }),
  );
  await parts.capture.append(rows);
  rows.forEach(parts.onCaptured);
  const captureMs = performance.now() - startedMs - teacherMs;
  return {
    answers: new Map(drafts.map(({ id }, index) => [id, answers[index]!])),
    degraded: null,
    timings: { teacherMs, captureMs },
  };
}

/** Sure rows that were drawn for holdout, or for exploring, are labelled off the caller's path. */
function labelLater(parts: PredictParts, draft: Draft, client: string | null): void {
  if (!draft.isHoldout && draft.draw.explore >= parts.policy.exploreRate) return;
  parts.labeller.add(pendingRow(parts, draft, client));
}

function capturedRow(
  parts: PredictParts,
  draft: Draft,
  labelled: { answer: TeacherAnswer; client: string | null; teacherMs: number },
): CapturedRow {
  return {
    ...pendingRow(parts, draft, labelled.client),
    teacherName: parts.teacher.name,
    teacherVersion: parts.teacher.version,
    teacherLabel: labelled.answer.label,
    teacherProbabilities: labelled.answer.probabilities,
    teacherLatencyMs: labelled.teacherMs,
    costUsd: labelled.answer.costUsd,
  };
}

function pendingRow(parts: PredictParts, draft: Draft, client: string | null) {
  const { holdoutRate, route } = draft;
  const { exploreRate } = parts.policy;
  return {
    id: draft.id,
    task: parts.spec.name,
    createdMs: draft.createdMs,
    input: draft.input,
    inputHash: draft.draw.inputHash,
    route: route.kind,
    reason: route.reason,
    isHoldout: draft.isHoldout,
    propensity: route.kind === 'teacher' ? 1 : holdoutRate + (1 - holdoutRate) * exploreRate,
    holdoutRate,
    studentVersion: draft.studentVersion,
    studentLogits: draft.opinion?.logits ?? null,
    confidence: draft.opinion?.confidence ?? null,
    threshold: draft.threshold,
    client,
  };
}

