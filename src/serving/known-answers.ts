import type { AnswerJson } from '../http/api-types.js';
import type { PredictRequest } from '../task/task-service.js';
import type { TaskSpec } from '../task/task.js';
import type { TeacherAnswer } from '../teacher/teacher.js';
import type { AnswerCache, CachedAnswer } from './answer-cache.js';
import { probabilitiesByLabel, probabilitiesOf, type DegradedReason } from './answer-row.js';
import type { Draft } from './draft.js';
import type { DrawnRow } from './drawn-row.js';
import type { PromiseView } from './promise-view.js';

/** A task's answer cache, or null where it has none. */
export type KnownAnswers = AnswerCache | null;

interface Parts {
  readonly known: KnownAnswers;
  readonly spec: TaskSpec;
  readonly teacherName: string;
  readonly newId: () => string;
}

/** Answers a row as an equal one was answered before; null when there was none. */
export function findAnswer(
  { known, spec, newId }: Parts,
  row: DrawnRow,
  context: {
    readonly request: PredictRequest;
    readonly student: { readonly version: string } | null;
    readonly decided: PromiseView;
  },
): AnswerJson | null {
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
  return found === null ? null : answerAgain(found, { spec, request, id: newId() });
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

/** Remembers an answer for equal inputs, unless it is degraded, or there was no money for it. */
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
  if (known === null || degraded !== null) return;
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
