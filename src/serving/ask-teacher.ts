import type { CaptureHealth } from '../capture/capture.js';
import { CancelledError } from '../errors.js';
import type { PredictRequest } from '../task/task-service.js';
import { labelKeeping, RowAnswers } from '../teacher/resilience/row-answers.js';
import { rowPriceMaxOf, type Teacher, type TeacherAnswer } from '../teacher/teacher.js';
import type { DegradedReason } from './answer-row.js';
import { admit } from './admit-rows.js';
import type { Draft } from './draft.js';
import { partAnswered } from './part-answered.js';
import type { Patience } from './patience.js';
import { jointBudget, type KeyAccounts } from './joint-budget.js';
import { keepAnswers, type KeepAnswersParts, type LabelledDraft } from './keep-answers.js';
import { purseOf, type CallPurse } from './purse-of.js';
import { standIn, type FailedEscalation, type StandInParts } from './stand-in.js';
import { withAbort } from '../student/with-abort.js';
import type { Budget } from './budget-account.js';

export interface AskTeacherParts extends StandInParts, KeepAnswersParts {
  readonly teacher: Teacher;
  readonly captureHealth: CaptureHealth;
  readonly budget: Budget;
  readonly keyAccounts: KeyAccounts;
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
 * Asks the teacher for the unsure rows that there is money for, and gives its answers only when
 * they are on disk, but for rows whose callers want nothing kept. Where the teacher cannot be used,
 * in time or at all, or what it says cannot be kept in time, the policy decides: the student's
 * answers, marked `degraded`, or the error. While the log is known to fail nobody is asked, and
 * nothing spent.
 *
 * @throws {OverloadedError} when there is no money for a row that the student can not answer.
 * @throws {CancelledError} when the caller has hung up, or has no time left and the policy does not
 *         let the student stand in.
 */
export async function askTeacher(
  parts: AskTeacherParts,
  drafts: readonly Draft[],
  { route, patience, keyBudget }: EscalationContext,
): Promise<TeacherPart> {
  const startedMs = performance.now();
  const failed = { drafts, route, patience, startedMs };
  const unkept = isKept(drafts) ? parts.captureHealth.failure() : null;
  if (unkept !== null) return standIn(parts, unkept, failed);
  const prepared = await preparePayment(parts, drafts, { patience, keyBudget });
  if (prepared instanceof Error) return standIn(parts, prepared, failed);
  const { rowUsd, budget } = prepared;
  const { asked, reservation, ...unpaid } = admit(budget, drafts, {
    route,
    policy: parts.promise.policy,
    rowUsd,
  });
  if (asked.length === 0) return { ...noTeacherPart, ...unpaid };
  const onVain = (usd: number): void => void parts.bus.emit('paidInVain', usd);
  const purse = purseOf(budget, { purpose: 'answer', rowUsd, reservation, onVain });
  let part: TeacherPart | null = null;
  try {
    part = await ask(parts, { ...failed, asked, purse, unpaid });
    return part;
  } finally {
    purse.given([...(part?.answers.values() ?? [])]);
  }
}

/** Asks for rows that are paid for, and keeps the answers. */
async function ask(
  parts: AskTeacherParts,
  { asked, purse, unpaid, ...failed }: Asking,
): Promise<TeacherPart> {
  const { drafts, patience, startedMs } = failed;
  const { labelled, failure } = await label(parts, asked, { patience, purse });
  const teacherMs = performance.now() - startedMs;
  const unwritten = await keepInTime(parts, labelled, { latencyMs: teacherMs, patience });
  if (unwritten !== null) return standIn(parts, failure?.error ?? unwritten, failed);
  const answers = new Map(labelled.map(({ draft, answer }) => [draft.id, answer]));
  if (failure !== null) {
    const left = { ...failed, drafts: drafts.filter(({ id }) => !answers.has(id)) };
    const error = partAnswered(failure.error, left.drafts, drafts.length);
    return { ...standInOrLeave(parts, error, { left, labelled }), answers };
  }
  const captureMs = performance.now() - startedMs - teacherMs;
  return { answers, ...unpaid, timings: { teacherMs, captureMs } };
}

interface Asking extends FailedEscalation {
  readonly asked: readonly Draft[];
  readonly purse: CallPurse;
  /** What of the rows there was no money for. */
  readonly unpaid: Pick<TeacherPart, 'degraded' | 'overBudget'>;
}

/** What the teacher says of rows: of some of them, where it fails. */
async function label(
  { teacher }: AskTeacherParts,
  asked: readonly Draft[],
  { patience, purse }: { readonly patience: Patience; readonly purse: CallPurse },
): Promise<{
  readonly labelled: readonly LabelledDraft[];
  readonly failure: { readonly error: unknown } | null;
}> {
  const answers = new RowAnswers(asked.length);
  const inputs = asked.map(({ input }) => input);
  const context = { leftMs: () => patience.leftMs(), purse, isDiscreet: !isKept(asked) };
  const { signal } = patience;
  let failure: { readonly error: unknown } | null = null;
  try {
    await labelKeeping(teacher, inputs, { signal, context, keep: answers.keep });
  } catch (error) {
    failure = { error };
  }
  purse.close();
  const labelled = asked.flatMap((draft, row) => {
    const answer = answers.at(row);
    return answer === undefined ? [] : [{ draft, answer }];
  });
  return { labelled, failure };
}

/** A commit takes some ms: what the teacher has said in time is not given up for those. */
const commitGraceMs = 100;

/**
 * A caller's deadline ends his wait for the log, too. What was answered goes into it all the same,
 * as the teacher's, and no holdout row of it is asked about again.
 *
 * @returns why the answers can not be given, or null: they are on disk.
 */
async function keepInTime(
  parts: AskTeacherParts,
  labelled: readonly LabelledDraft[],
  { latencyMs, patience }: { readonly latencyMs: number; readonly patience: Patience },
): Promise<Error | null> {
  const keeping = keepAnswers(parts, labelled, { latencyMs });
  try {
    const why = 'The answer was not on disk in time.';
    return await withAbort(keeping, patience.signal, { why, graceMs: commitGraceMs });
  } catch (error) {
    if (!(error instanceof CancelledError)) throw error;
    const kept = keeping.then(
      (unwritten) => unwritten === null,
      () => false,
    );
    for (const { draft } of labelled) if (draft.isHoldout) parts.labeller.expect(draft.id, kept);
    return error;
  }
}

/** The student answers the rows that are left, or nobody does: then kept rows are owed no label. */
function standInOrLeave(
  parts: AskTeacherParts,
  error: unknown,
  {
    left,
    labelled,
  }: { readonly left: FailedEscalation; readonly labelled: readonly LabelledDraft[] },
): TeacherPart {
  try {
    return standIn(parts, error, left);
  } catch (thrown) {
    for (const { draft } of labelled)
      if (draft.isHoldout) parts.labeller.expect(draft.id, Promise.resolve(true));
    throw thrown;
  }
}

/** All rows of a request are to be kept, or none. */
const isKept = ([first]: readonly Draft[]): boolean => first!.isStored;

interface Prepared {
  /** What one of the rows can cost at most, US dollars. */
  readonly rowUsd: number;
  readonly budget: Budget;
}

/**
 * Who pays for the rows, and what they cost, or why nobody knows: to price a row may take a look
 * into the log, to pay for it a write; its caller waits for those no longer than for anything else.
 */
async function preparePayment(
  { teacher, budget: ofTask, keyAccounts }: AskTeacherParts,
  drafts: readonly Draft[],
  { patience, keyBudget = null }: Pick<EscalationContext, 'patience' | 'keyBudget'>,
): Promise<Prepared | Error> {
  async function prepare(): Promise<Prepared> {
    const inputs = drafts.map(({ input }) => input);
    const rowUsd = await rowPriceMaxOf(teacher, inputs);
    const ofKey = keyBudget && { accounts: keyAccounts, budget: keyBudget, rowUsd };
    const budget = jointBudget(ofTask, ofKey);
    await budget.ready(drafts.length, rowUsd);
    return { rowUsd, budget };
  }
  try {
    return await withAbort(prepare(), patience.signal, { why: 'The caller waits no longer.' });
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}
