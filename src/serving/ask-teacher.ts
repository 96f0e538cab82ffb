import type { Capture, CapturedRow, CaptureHealth } from '../capture/capture.js';
import { CaptureFailedError } from '../errors.js';
import type { PredictRequest } from '../task/task-service.js';
import type { TaskSpec } from '../task/task.js';
import { mayBeBilled } from '../teacher/call-failure.js';
import { rowPriceMaxOf, type Teacher, type TeacherAnswer } from '../teacher/teacher.js';
import type { DegradedReason } from './answer-row.js';
import { capturedRowOf, costOf, pendingRowOf } from './captured-row.js';
import { admit } from './admit-rows.js';
import type { Draft } from './draft.js';
import type { Patience } from './patience.js';
import type { HoldoutLabeller } from './holdout-labeller.js';
import { jointBudget, type KeyAccounts } from './joint-budget.js';
import { purseOf } from './purse-of.js';
import { standIn, type StandInParts } from './stand-in.js';
import { withAbort } from '../student/with-abort.js';
import type { TeacherBudget } from './teacher-budget.js';

export interface AskTeacherParts extends StandInParts {
  readonly spec: TaskSpec;
  readonly teacher: Teacher;
  readonly capture: Capture;
  readonly captureHealth: CaptureHealth;
  readonly budget: Pick<TeacherBudget, 'reserve'>;
  readonly keyAccounts: KeyAccounts;
  readonly labeller: Pick<HoldoutLabeller, 'add'>;
  readonly newId: () => string;
}

export interface TeacherPart {
  /** By the id of the row. */
  readonly answers: ReadonlyMap<string, TeacherAnswer>;
  /** Why the student's answers stand in for the teacher's; null when they do not. */
  readonly degraded: DegradedReason | null;
  /** Ids of rows that there was no money for: the student answers them. */
  readonly overBudget: ReadonlySet<string>;
  readonly timings: { readonly teacherMs?: number; readonly captureMs?: number };
}

/** What came of a request without unsure rows. */
export const noTeacherPart: TeacherPart = {
  answers: new Map(),
  degraded: null,
  overBudget: new Set(),
  timings: {},
};

export interface EscalationContext {
  /** What the key of the caller may spend; absent or null: nothing limits that. */
  readonly keyBudget?: PredictRequest['keyBudget'];
  /** As the caller asked. */
  readonly route: PredictRequest['route'];
  readonly patience: Patience;
}

/** Asks the teacher for rows, at least one. */
export type Escalate = (
  drafts: readonly Draft[],
  context: EscalationContext,
) => Promise<TeacherPart>;

/**
 * Asks the teacher for the unsure rows that there is money for, and returns only when their rows
 * are on disk, but for those whose callers want nothing kept. Where the teacher cannot be used, in
 * time or at all, or what it says cannot be kept, the policy decides: the student's answers, marked
 * `degraded`, or the error. While the log is known to fail nobody is asked, and nothing spent.
 *
 * @throws {OverloadedError} when there is no money for a row that the student can not answer.
 * @throws {CancelledError} when the caller has hung up, or has no time left and the policy does not
 *         let the student stand in.
 */
export async function askTeacher(
  parts: AskTeacherParts,
  drafts: readonly Draft[],
  { route, patience, keyBudget = null }: EscalationContext,
): Promise<TeacherPart> {
  const startedMs = performance.now();
  const failed = { drafts, route, patience, startedMs };
  const unkept = isKept(drafts) ? parts.captureHealth.failure() : null;
  if (unkept !== null) return standIn(parts, unkept, failed);
  const priced = await priceRows(parts.teacher, drafts, patience);
  if (priced instanceof Error) return standIn(parts, priced, failed);
  const rowUsd = priced;
  const ofKey = keyBudget && { accounts: parts.keyAccounts, budget: keyBudget, rowUsd };
  const budget = jointBudget(parts.budget, ofKey);
  const { asked, reservation, ...unpaid } = admit(budget, drafts, {
    route,
    policy: parts.promise.policy,
    rowUsd,
  });
  if (asked.length === 0) return { ...noTeacherPart, ...unpaid };
  let answers: readonly TeacherAnswer[];
  try {
    const inputs = asked.map(({ input }) => input);
    answers = await parts.teacher.label(inputs, patience.signal, {
      leftMs: () => patience.leftMs(),
      purse: purseOf(budget, 'answer', rowUsd),
      isDiscreet: !isKept(drafts),
    });
  } catch (error) {
    if (mayBeBilled(error)) reservation.settle(null);
    else reservation.release();
    return standIn(parts, error, failed);
  }
  const teacherMs = performance.now() - startedMs;
  const askedRows = answers.filter(({ isShared }) => isShared !== true).length;
  reservation.settle(costOf(answers), askedRows);
  const rows = asked.flatMap((draft, index) => {
    if (!draft.isStored) return []; // Such rows are never held out.
    const labelled = { answer: answers[index]!, latencyMs: teacherMs };
    return [capturedRowOf(pendingRowOf(draft, parts.spec.name), parts.teacher, labelled)];
  });
  if (rows.length > 0) {
    try {
      await parts.capture.append(rows);
    } catch (error) {
      if (error instanceof CaptureFailedError) return standIn(parts, error, failed);
      throw error; // It has no room at this moment: no fault of anybody, and soon over.
    }
    parts.bus.emit('captured', rows);
    owe(parts, asked, rows);
  }
  const captureMs = performance.now() - startedMs - teacherMs;
  return {
    answers: new Map(asked.map(({ id }, index) => [id, answers[index]!])),
    ...unpaid,
    timings: { teacherMs, captureMs },
  };
}

/** All rows of a request are to be kept, or none. */
const isKept = ([first]: readonly Draft[]): boolean => first!.isStored;

/**
 * A holdout row that another teacher has answered is no evidence of the one that students are held
 * against, and the sample must not lack it: that one labels it later, as a row of its own.
 */
function owe(
  { spec, labeller, newId }: AskTeacherParts,
  asked: readonly Draft[],
  rows: readonly CapturedRow[],
): void {
  asked.forEach((draft, index) => {
    if (!draft.isHoldout || rows[index]!.isHoldout) return;
    labeller.add(pendingRowOf({ ...draft, id: newId() }, spec.name, 'teacher-other'));
  });
}

/**
 * What one of the rows can cost at most, US dollars, or why nobody knows: to price a row may take a
 * look into the log, and its caller waits for that no longer than for anything else.
 */
async function priceRows(
  teacher: Teacher,
  drafts: readonly Draft[],
  { signal }: Patience,
): Promise<number | Error> {
  try {
    const inputs = drafts.map(({ input }) => input);
    return await withAbort(rowPriceMaxOf(teacher, inputs), signal, 'The caller waits no longer.');
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}
