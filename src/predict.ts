import type { AnswerJson, PolicyJson } from './http/api-types.js';
import { ConflictError, InvalidModelOutputError, OverloadedError } from './errors.js';
import { decideRoute } from './routing/decide-route.js';
import { logitsOf, rateLogits } from './routing/rate-logits.js';
import { answerOf, type DegradedReason } from './serving/answer-row.js';
import { noTeacherPart, type Escalate, type TeacherPart } from './serving/ask-teacher.js';
import { pendingRowOf } from './serving/captured-row.js';
import { appliedThreshold } from './serving/label-thresholds.js';
import type { Draft, Opinion } from './serving/draft.js';
import type { RowDraw } from './serving/draw-row.js';
import { decidedOf, drawnRow, type DrawnRow } from './serving/drawn-row.js';
import { findAnswer, keepAnswer, type KnownAnswers } from './serving/known-answers.js';
import type { HoldoutLabeller } from './serving/holdout-labeller.js';
import { failOwing, isOwedLabel, labelLater } from './serving/owed-rows.js';
import { inputsNamed } from './serving/part-answered.js';
import { createPatience, type Patience } from './serving/patience.js';
import type { PromiseView } from './serving/promise-view.js';
import type { RecentAnswers } from './serving/recent-answers.js';
import type { TaskBus } from './serving/task-bus.js';
import type { OnnxStudent } from './student/onnx-student.js';
import type { Permit } from './student/concurrency-limit.js';
import type { Slot } from './student/student-slot.js';
import { withAbort } from './student/with-abort.js';
import type { PredictRequest } from './task/task-service.js';
import type { Caller } from './task/caller.js';
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
  readonly known: KnownAnswers;
  readonly recent: RecentAnswers;
  readonly drawRow: (input: Input) => RowDraw;
  readonly studentCostPerRowUsd: (student: OnnxStudent) => number;
  readonly now: () => number;
  readonly newId: () => string;
}

export type Predict = (request: PredictRequest, caller: Caller) => Promise<readonly AnswerJson[]>;

/**
 * The life of a request: draw holdout -> answers known already -> student -> decide row by row ->
 * teacher for the unsure rows -> capture -> answers in order.
 */
export function createPredict(parts: PredictParts): Predict {
  return async function predict(request, caller) {
    if (parts.slot.peek() === null && mustBeStudent(request, parts.promise.policy.mode))
      throw noStudent(parts.spec);
    const lease = parts.slot.acquire(); // One version for the whole request, whatever is promoted.
    try {
      const decided = decidedOf(parts.promise, request);
      const isUnasked = decided.policy.mode === 'teacher' && request.route === 'auto';
      const student = isUnasked ? null : (lease?.value ?? null);
      const rows = request.inputs.map((input) => drawnRow(input, parts.drawRow(input), decided));
      const answers = await answerAll(rows, { parts, request, caller, student, decided });
      parts.bus.emit('answered', answers);
      return answers;
    } finally {
      lease?.release();
    }
  };
}

/** Answers what is known already, and computes the rest. */
async function answerAll(
  rows: readonly DrawnRow[],
  course: Course,
): Promise<readonly AnswerJson[]> {
  const { parts } = course;
  if (parts.known === null) return answerFresh(rows, course);
  const known = rows.map((row) => findAnswer(parts, row, course));
  const fresh = rows.filter((_, index) => known[index] === null);
  const computed = await answerFresh(fresh, course);
  let next = 0;
  return known.map((answer) => answer ?? computed[next++]!);
}

/** Takes room at the student. @throws {OverloadedError} when it has enough. */
function enterStudent(
  { bus }: PredictParts,
  student: OnnxStudent | null,
  rows: number,
): Permit | null {
  if (student === null) return null;
  try {
    return student.limit.enter(rows);
  } catch (error) {
    bus.emit('refused', rows);
    throw error;
  }
}

/** What one request goes by, from its beginning to its end. */
interface Course {
  readonly parts: PredictParts;
  readonly request: PredictRequest;
  readonly caller: Caller;
  readonly student: OnnxStudent | null;
  readonly decided: PromiseView;
}

async function answerFresh(
  rows: readonly DrawnRow[],
  course: Course,
): Promise<readonly AnswerJson[]> {
  const { parts, request, caller, student, decided } = course;
  if (rows.length === 0) return [];
  const permit = enterStudent(parts, student, rows.length);
  const patience = createPatience(caller, request.timeoutMs);
  try {
    const startedMs = performance.now();
    const opinions = await askStudent(rows, course, { patience, permit });
    const studentMs = performance.now() - startedMs;
    const drafts = rows.map((row, index) =>
      draftOf(row, { opinion: opinions?.[index] ?? null, studentMs }, course),
    );
    const unsure = drafts.filter(({ route }) => route.kind === 'teacher');
    const teacherPart =
      unsure.length === 0
        ? noTeacherPart
        : await parts
            .escalate(unsure, { route: request.route, keyBudget: request.keyBudget, patience })
            .catch((error: unknown) =>
              failOwing(parts, drafts, inputsNamed(error, drafts, request)),
            );
    const timings = { preprocessMs: request.preprocessMs, studentMs, ...teacherPart.timings };
    const studentCostUsd = student === null ? 0 : parts.studentCostPerRowUsd(student);
    return drafts.map((decidedDraft) => {
      const draft = paidDraft(decidedDraft, teacherPart);
      const teacherAnswer = teacherPart.answers.get(draft.id) ?? null;
      const isUnanswered = draft.route.kind === 'teacher' && teacherAnswer === null;
      const degraded = isUnanswered ? teacherPart.degraded : null;
      if (teacherAnswer === null) {
        labelLater(parts, draft, degraded);
        remember(parts, draft, degraded);
      }
      keepAnswer(parts, draft, { teacherAnswer, degraded, request, decided });
      const context = { parts, studentCostUsd, timings, degraded, request };
      return answerOf(draft, teacherAnswer, context);
    });
  } finally {
    patience.end();
  }
}

/** Who must answer is the student, and nobody else. */
const mustBeStudent = ({ route }: PredictRequest, mode: PolicyJson['mode']): boolean =>
  route === 'student' || (route === 'auto' && mode === 'student');

/** So that feedback finds what the log has no row of. */
function remember(parts: PredictParts, draft: Draft, degraded: DegradedReason | null): void {
  if (!draft.isStored) return;
  const bytes = draft.input.byteLength + (draft.opinion?.scores.byteLength ?? 0);
  parts.recent.keep(draft.id, bytes, () => ({
    row: pendingRowOf(draft, parts.spec.name, degraded),
    isOwed: isOwedLabel(draft),
  }));
}

/** A row that there was no money for is the student's. */
const paidDraft = (draft: Draft, { overBudget }: TeacherPart): Draft =>
  overBudget.has(draft.id)
    ? { ...draft, route: { kind: 'student', reason: 'over-budget' } }
    : draft;

const tooSlow =
  'The student had not answered when the timeoutMs of this request had passed. Raise it, or ' +
  'leave it out.';

const noStudent = ({ name }: TaskSpec): ConflictError =>
  new ConflictError(
    `${name} has no student yet. Ask with "route": "auto", in another policy.mode than student, ` +
      'and distil or promote a first one.',
  );

async function askStudent(
  rows: readonly DrawnRow[],
  { parts, request, student, decided }: Course,
  { patience, permit }: { readonly patience: Patience; readonly permit: Permit | null },
): Promise<readonly Opinion[] | null> {
  if (student === null) return null;
  const { calibration } = student.manifest;
  let outcome: 'done' | 'dropped' = 'dropped';
  try {
    const scored = student.predict(
      rows.map(({ input }) => input),
      patience,
    );
    // Rows are dropped from the queue when their turn comes; who has a deadline is told on time.
    const isTimed = patience.leftMs() !== null;
    const outputs = await (isTimed ? withAbort(scored, patience.signal, { why: tooSlow }) : scored);
    outcome = 'done';
    return outputs.map((scores) => ({
      scores,
      logits: logitsOf(scores, calibration),
      temperature: calibration.temperature,
      ...rateLogits(scores, calibration),
    }));
  } catch (error) {
    // What is wrong with the student is no reason to leave a caller without the teacher.
    const isItsOwnFault = error instanceof InvalidModelOutputError;
    if (isItsOwnFault && !mustBeStudent(request, decided.policy.mode)) {
      parts.bus.emit('studentFailed', rows.length, error);
      return null;
    }
    if (error instanceof OverloadedError) {
      parts.bus.emit('refused', rows.length); // As by the limit: before anybody looked at them.
      throw error;
    }
    const owed = rows.filter(({ isHoldout }) => isHoldout).length;
    if (owed > 0) parts.bus.emit('labellingLost', owed, error); // Nobody knows what it thought.
    throw error;
  } finally {
    permit?.leave(outcome);
  }
}

function draftOf(
  row: DrawnRow,
  { opinion, studentMs }: { readonly opinion: Opinion | null; readonly studentMs: number },
  course: Course,
): Draft {
  const { parts, request, student, decided } = course;
  const { holdoutRate, keptOutShare, policy } = decided;
  const threshold = appliedThreshold(decided, opinion?.label ?? null);
  const confidence = opinion?.confidence ?? null;
  // Written out: spreading the row would take 5 microseconds (measured with Node 20).
  return {
    input: row.input,
    draw: row.draw,
    isHoldout: row.isHoldout,
    id: parts.newId(),
    createdMs: parts.now(),
    opinion,
    isTrainable: row.draw.holdout >= keptOutShare,
    keptOutShare,
    holdoutRate,
    policy,
    threshold,
    studentVersion: student?.version ?? null,
    route: decideRoute({
      mode: policy.mode,
      requested: request.route,
      confidence,
      threshold,
      isOutOfScope: opinion?.isOutOfScope ?? false,
      hasFailed: student !== null && opinion === null,
    }),
    client: request.client,
    subject: request.subject,
    isStored: request.isStored,
    studentMs,
  };
}
