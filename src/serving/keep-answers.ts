import type { Capture, CapturedRow } from '../capture/capture.js';
import { CaptureFailedError, OverloadedError } from '../errors.js';
import type { TaskSpec } from '../task/task.js';
import type { TeacherAnswer, TeacherIdentity } from '../teacher/teacher.js';
import { capturedRowOf, pendingRowOf } from './captured-row.js';
import type { Draft } from './draft.js';
import type { HoldoutLabeller } from './holdout-labeller.js';
import type { TaskBus } from './task-bus.js';

export interface KeepAnswersParts {
  readonly spec: TaskSpec;
  /** Who was asked. */
  readonly teacher: TeacherIdentity;
  readonly capture: Capture;
  readonly bus: TaskBus;
  readonly labeller: Pick<HoldoutLabeller, 'add' | 'expect'>;
  readonly newId: () => string;
}

/** A row, and what the teacher has said of it. */
export interface LabelledDraft {
  readonly draft: Draft;
  readonly answer: TeacherAnswer;
}

/**
 * Puts what was answered into the log, but for rows whose callers want nothing kept.
 *
 * @returns why the answers can not be given, or null: they are on disk.
 */
export async function keepAnswers(
  parts: KeepAnswersParts,
  labelled: readonly LabelledDraft[],
  { latencyMs }: { readonly latencyMs: number },
): Promise<CaptureFailedError | null> {
  const stored = labelled.filter(({ draft }) => draft.isStored);
  if (stored.length === 0) return null;
  const rows = stored.map(({ draft, answer }) =>
    capturedRowOf(pendingRowOf(draft, parts.spec.name), parts.teacher, { answer, latencyMs }),
  );
  try {
    await parts.capture.append(rows);
  } catch (error) {
    parts.bus.emit('answersUnkept', rows.length, error);
    if (error instanceof CaptureFailedError) return error;
    if (error instanceof OverloadedError)
      return new CaptureFailedError(error.message, error.details, { cause: error });
    throw error;
  }
  parts.bus.emit('captured', rows);
  owe(parts, stored, rows);
  return null;
}

/**
 * A holdout row that another teacher has answered is no evidence of the one that students are held
 * against, and the sample must not lack it: that one labels it later, as a row of its own.
 */
function owe(
  { spec, labeller, newId }: KeepAnswersParts,
  stored: readonly LabelledDraft[],
  rows: readonly CapturedRow[],
): void {
  stored.forEach(({ draft }, index) => {
    if (!draft.isHoldout || rows[index]!.isHoldout) return;
    labeller.add(pendingRowOf({ ...draft, id: newId() }, spec.name, 'teacher-other'));
  });
}
