import { noTeacherVersion, type Capture, type CapturedRow } from '../capture/capture.js';
import { ForbiddenError, InvalidInputError, NotFoundError } from '../errors.js';
import { createTurns } from '../files/in-turn.js';
import type { FeedbackJson } from '../http/api-types.js';
import type { FeedbackRequest } from '../task/task-service.js';
import type { TaskSpec } from '../task/task.js';
import type { ErasedSubjects } from './erased-subjects.js';
import type { RecentAnswer } from './recent-answers.js';

export interface FeedbackParts {
  readonly spec: TaskSpec;
  readonly capture: Pick<Capture, 'findRow' | 'append' | 'appendFeedback'>;
  readonly erased: Pick<ErasedSubjects, 'has' | 'noteLabelled'>;
  /** Looks among the answers that the log has no row of. */
  readonly recall: (id: string) => Promise<RecentAnswer | null>;
  readonly now: () => number;
}

/** As `TaskService.feedback`. */
export type FeedbackIntake = (request: FeedbackRequest) => Promise<FeedbackJson>;

/**
 * Takes in what people say of answers. Of a row in the log the label is written beside it. An
 * answer of the student has no row: it gets one, labelled by the person, while it is remembered,
 * unless the teacher is about to label it anyway. What the draw kept out of training stays out.
 */
export function createFeedbackIntake(parts: FeedbackParts): FeedbackIntake {
  const { spec, capture, erased, recall, now } = parts;
  const { inTurn } = createTurns(); // Two labels for one answer must not both make its row.

  async function take(request: FeedbackRequest, label: number): Promise<FeedbackJson> {
    const { id, isReview, client } = request;
    const row = await capture.findRow(spec.name, id);
    const recent = row === null ? await recall(id) : null;
    const sender = (row ?? recent?.row)?.client;
    if (sender === undefined) throw unknownAnswer(id, spec.name);
    requireOwn(request, sender);
    if (recent !== null) await makeRow(recent, label);
    const origin = isReview ? 'review' : 'caller';
    const before = await capture.appendFeedback({
      ...{ task: spec.name, id, label, origin, client, givenMs: now() },
    });
    if (before === 'erased') throw unknownAnswer(id, spec.name);
    return { id, label: request.label, replaced: before === null ? null : spec.labels[before]! };
  }

  /** Of an answer whose subject is erased at this moment there is none. */
  async function makeRow({ row, isOwed }: RecentAnswer, label: number): Promise<void> {
    if (!isOwed) await capture.append([rowOf(row, { label, task: spec.name })]);
    if (erased.has(row)) throw unknownAnswer(row.id, spec.name);
    if (isOwed && row.subject !== null) erased.noteLabelled(row.subject, row.id);
  }

  return async (request) => {
    const label = spec.labels.indexOf(request.label);
    if (label < 0) throw unknownLabel(request.label, spec.labels);
    return inTurn(() => take(request, label));
  };
}

/** The row of an answer that a person has labelled, and no teacher. */
const rowOf = (
  row: RecentAnswer['row'],
  { label, task }: { readonly label: number; readonly task: string },
): CapturedRow => ({
  ...row,
  task,
  source: 'feedback',
  propensity: 1,
  teacherName: '',
  teacherVersion: noTeacherVersion,
  teacherLabel: label,
  teacherProbabilities: null,
  teacherLatencyMs: 0,
  costUsd: 0,
});

/** Who may only predict labels the answers to his own key: a label outranks the teacher's. */
function requireOwn({ ofKey, id }: FeedbackRequest, sender: string | null): void {
  if (ofKey === null || sender === ofKey || sender?.startsWith(`${ofKey}/`) === true) return;
  throw new ForbiddenError(
    `The answer ${id} was given to another key than "${ofKey}". Use that key, or one with the ` +
      'scope operate.',
    { id, key: ofKey },
  );
}

function unknownAnswer(id: string, task: string): NotFoundError {
  return new NotFoundError(
    `No answer of ${task} with the id ${JSON.stringify(id)} is known (any more). Answers of the ` +
      'teacher are kept; those of the student are remembered for a while, see ' +
      'serving.recentBytesMax. Of requests with noStore there is nothing.',
    { id, task },
  );
}

const labelsShown = 20;

function unknownLabel(got: string, labels: readonly string[]): InvalidInputError {
  const shown = labels.slice(0, labelsShown).join(', ');
  const expected = labels.length > labelsShown ? `${shown}, ... (${labels.length})` : shown;
  return new InvalidInputError(`label must be one of ${expected}.`, {
    ...{ field: 'label', expected, got: got.slice(0, 100) },
  });
}
