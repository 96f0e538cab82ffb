import type { AnswerJson } from '../http/api-types.js';
import type { PredictRequest } from '../task/task-service.js';
import type { TaskSpec } from '../task/task.js';
import type { TeacherAnswer } from '../teacher/teacher.js';
import type { AnswerCache, CachedAnswer } from './answer-cache.js';
import { probabilitiesByLabel, probabilitiesOf, type DegradedReason } from './answer-row.js';
import type { Draft } from './draft.js';
import type { DrawnRow } from './drawn-row.js';
import type { PromiseView } from './promise-view.js';
import type { RecentAnswers } from './recent-answers.js';

/** A task's answer cache, or null where it has none. */
export type KnownAnswers = AnswerCache | null;

interface Parts {
  readonly known: KnownAnswers;
  readonly spec: TaskSpec;
  readonly teacherName: string;
  readonly newId: () => string;
  readonly now: () => number;
  readonly recent: RecentAnswers;
}

/** Answers a row as an equal one was answered before; null when there was none. */
export function findAnswer(
  parts: Parts,
  row: DrawnRow,
  context: {
    readonly request: PredictRequest;
    readonly student: { readonly version: string } | null;
    readonly decided: PromiseView;
  },
): AnswerJson | null {
  const { known, spec, newId } = parts;
  if (known === null) return null;
  const { request, student, decided } = context;
  const { inputHash } = row.draw;
  const found = known.find(
    { inputHash, isHoldout: row.isHoldout, requested: request.route },
    {
      studentVersion: student?.version ?? null,
      threshold: decided.threshold,
      mode: decided.policy.mode,
    },
  );
  if (found === null) return null;
  const answer = answerAgain(found, { spec, request, id: newId() });
  if (request.isStored) rememberKnown(parts, row, { answer, found, request, decided });
  return answer;
}

/** So that feedback finds its input. */
function rememberKnown(
  { spec, now, recent }: Parts,
  { input, draw }: DrawnRow,
  given: {
    readonly answer: AnswerJson;
    readonly found: CachedAnswer;
    readonly request: PredictRequest;
    readonly decided: PromiseView;
  },
): void {
  const { answer, found } = given;
  // Not the request itself: one row that is remembered would keep all of its inputs.
  const { client, subject } = given.request;
  const { keptOutShare, holdoutRate } = given.decided;
  const createdMs = now();
  recent.keep(answer.id, input.byteLength, () => ({
    isOwed: false,
    row: {
      ...{ id: answer.id, task: spec.name, source: 'traffic', createdMs, input, inputKept: 'full' },
      ...{ inputHash: draw.inputHash, route: 'cache', reason: answer.reason, isHoldout: false },
      isTrainable: draw.holdout >= keptOutShare,
      ...{ propensity: 1, holdoutRate },
      ...{ studentVersion: found.studentVersion, studentLogits: null, studentLatencyMs: null },
      studentLabel: found.teacher === null ? found.label : null,
      ...{ confidence: found.confidence, threshold: found.appliedThreshold },
      ...{ client, subject },
    },
  }));
}

function answerAgain(
  { label, confidence, appliedThreshold, studentVersion, teacher, probabilities }: CachedAnswer,
  { spec, request, id }: { spec: TaskSpec; request: PredictRequest; id: string },
): AnswerJson {
  return {
    id,
    label: spec.labels[label]!,
    confidence,
    route: 'cache',
    reason: 'known',
    threshold: appliedThreshold,
    studentVersion,
    teacher,
    latencyMs: { preprocess: request.preprocessMs, total: request.preprocessMs },
    costUsd: 0,
    ...(request.hasProbabilities && probabilities !== null
      ? { probabilities: probabilitiesByLabel(spec.labels, probabilities) }
      : {}),
  };
}

/**
 * Remembers an answer for equal inputs, unless it is degraded, there was no money for it, or its
 * caller wants nothing kept.
 */
export function keepAnswer(
  { known, teacherName }: Parts,
  draft: Draft,
  given: {
    readonly teacherAnswer: TeacherAnswer | null;
    readonly degraded: DegradedReason | null;
    readonly request: PredictRequest;
    readonly decided: PromiseView;
  },
): void {
  const { teacherAnswer, degraded, request, decided } = given;
  if (known === null || degraded !== null || !request.isStored) return;
  if (draft.route.reason === 'over-budget') return; // The next one may be paid for.
  const { draw, isHoldout, opinion, threshold, studentVersion } = draft;
  const { label } = teacherAnswer ?? opinion!;
  const probabilities = probabilitiesOf(opinion, teacherAnswer);
  known.keep(
    { inputHash: draw.inputHash, isHoldout, requested: request.route },
    {
      label,
      confidence: opinion?.confidence ?? null,
      probabilities,
      threshold: decided.threshold,
      appliedThreshold: threshold,
      mode: draft.policy.mode,
      studentVersion,
      teacher: teacherAnswer === null ? null : (teacherAnswer.by?.name ?? teacherName),
    },
  );
}
