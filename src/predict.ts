import type { AnswerJson } from './http/api-types.js';
import { ConflictError } from './errors.js';
import { softmax, topClass } from './routing/confidence.js';
import { decideRoute } from './routing/decide-route.js';
import { answerOf, type DegradedReason } from './serving/answer-row.js';
import { noTeacherPart, type Escalate } from './serving/ask-teacher.js';
import { pendingRowOf } from './serving/captured-row.js';
import type { Draft, Opinion } from './serving/draft.js';
import type { RowDraw } from './serving/draw-row.js';
import type { HoldoutLabeller } from './serving/holdout-labeller.js';
import type { PromiseView } from './serving/promise-view.js';
import type { TaskBus } from './serving/task-bus.js';
import type { OnnxStudent } from './student/onnx-student.js';
import type { Slot } from './student/student-slot.js';
import type { PredictRequest } from './task/task-service.js';
import type { Input, TaskSpec } from './task/task.js';

export interface PredictParts {
  readonly spec: TaskSpec;
  readonly slot: Slot<OnnxStudent>;
  readonly teacherName: string;
  /** Asks the teacher for unsure rows; their rows are on disk when it resolves. */
  readonly escalate: Escalate;
  readonly promise: PromiseView;
  readonly labeller: Pick<HoldoutLabeller, 'add'>;
  readonly bus: TaskBus;
  readonly drawRow: (input: Input) => RowDraw;
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
    if (request.route === 'student' && parts.slot.peek() === null) throw noStudent(parts.spec);
    const patience = { caller, signal: withDeadline(caller, request.timeoutMs) };
    const lease = parts.slot.acquire(); // One version for the whole request, whatever is promoted.
    const draws = request.inputs.map(parts.drawRow); // Before the student has seen a row.
    const { threshold, holdoutRate, policy } = parts.promise;
    // What a caller has decided himself says nothing about the policy's decisions.
    const rate = request.route === 'auto' ? holdoutRate : 0;
    try {
      const startedMs = performance.now();
      const opinions = await askStudent(lease?.value ?? null, request.inputs, patience.signal);
      const studentMs = performance.now() - startedMs;

      const drafts = request.inputs.map((input, index): Draft => {
        const opinion = opinions?.[index] ?? null;
        const confidence = opinion?.confidence ?? null;
        return {
          id: parts.newId(),
          createdMs: parts.now(),
          input,
          opinion,
          draw: draws[index]!,
          isHoldout: draws[index]!.holdout < rate,
          isTrainable: draws[index]!.holdout >= policy.coldHoldoutRate,
          holdoutRate: rate,
          policy,
          threshold,
          studentVersion: lease?.value.version ?? null,
          route: decideRoute({ requested: request.route, confidence, threshold }),
          client: request.client,
        };
      });

      const unsure = drafts.filter(({ route }) => route.kind === 'teacher');
      const teacherPart =
        unsure.length === 0
          ? noTeacherPart
          : await parts.escalate(unsure, { route: request.route, patience });
      const timings = { preprocessMs: request.preprocessMs, studentMs, ...teacherPart.timings };
      const studentCostUsd = lease === null ? 0 : parts.studentCostPerRowUsd(lease.value);
      const answers = drafts.map((draft) => {
        const teacherAnswer = teacherPart.answers.get(draft.id) ?? null;
        const degraded = draft.route.kind === 'teacher' ? teacherPart.degraded : null;
        if (teacherAnswer === null) labelLater(parts, draft, degraded);
        const context = { parts, studentCostUsd, timings, degraded, request };
        return answerOf(draft, teacherAnswer, context);
      });
      parts.bus.emit('answered', answers);
      return answers;
    } catch (error) {
      const owed = draws.filter(({ holdout }) => holdout < rate).length;
      if (owed > 0) parts.bus.emit('labellingLost', owed, error); // Nobody labels them any more.
      throw error;
    } finally {
      lease?.release();
    }
  };
}

const noStudent = ({ name }: TaskSpec): ConflictError =>
  new ConflictError(
    `${name} has no student yet. Ask with "route": "auto", and distil or promote a first one.`,
  );

const withDeadline = (caller: AbortSignal, timeoutMs: number | null): AbortSignal =>
  timeoutMs === null ? caller : AbortSignal.any([caller, AbortSignal.timeout(timeoutMs)]);

async function askStudent(
  student: OnnxStudent | null,
  inputs: readonly Input[],
  signal: AbortSignal,
): Promise<readonly Opinion[] | null> {
  if (student === null) return null;
  const { temperature } = student.manifest.calibration;
  const outputs = await student.predict(inputs, signal);
  return outputs.map((logits) => {
    const probabilities = softmax(logits, temperature);
    return { logits, probabilities, ...topClass(probabilities) };
  });
}

/**
 * Rows that the student answered are labelled off the caller's path: all that were drawn for
 * holdout, and some of the sure ones that may be learnt from.
 */
function labelLater(parts: PredictParts, draft: Draft, degraded: DegradedReason | null): void {
  const { draw, policy, isTrainable, route } = draft;
  const isExplored = route.kind === 'student' && isTrainable && draw.explore < policy.exploreRate;
  if (draft.isHoldout || isExplored)
    parts.labeller.add(pendingRowOf(draft, parts.spec.name, degraded));
}
