import type { Capture, StoredRow, TeacherCheck } from '../capture/capture.js';
import { costOf, type Teacher, type TeacherAnswer } from '../teacher/teacher.js';
import { createReaskDraw } from './reask-draw.js';
import { openLabelPurse } from './label-purse.js';
import type { TaskBus } from './task-bus.js';
import type { Budget } from './budget-account.js';

export interface TeacherCheckerParts {
  readonly bus: TaskBus;
  readonly task: string;
  /** Answers anew each time: whatever keeps the teacher's answers does not stand before it. */
  readonly teacher: Teacher;
  readonly budget: Budget;
  readonly capture: Capture;
  readonly holdoutKey: Uint8Array;
  /** Share of holdout rows on which a check is made. */
  readonly reaskRate: () => number;
  /** Rows of requests up to this moment are of a teacher that has changed since. */
  readonly rowsAfterMs: () => number;
  readonly now: () => number;
}

export interface TeacherChecker {
  /** Gives up what waits; resolves when the check under way has ended. */
  stop(): Promise<void>;
}

/** Checks that may wait. A teacher so slow is not to be asked for more. */
const queueMax = 64;

/**
 * Measures how often the teacher agrees with itself. For a share of the holdout rows that reach the
 * log it picks one, old or new, from all that are there, and asks the teacher about it again:
 * twice, one answer after the other, off every caller's path. The two tell its agreement with
 * itself now, and the three together whether it is still the one that it was
 * (`routing/teacher-change.ts`).
 */
export function createTeacherChecker(parts: TeacherCheckerParts): TeacherChecker {
  const { bus } = parts;
  const drawOf = createReaskDraw(parts.holdoutKey);
  const positions: number[] = [];
  let working: Promise<void> | null = null;
  /** Of the check under way: each has its own, for a signal keeps what listens to it. */
  let asking = new AbortController();
  let isStopped = false;

  async function work(): Promise<void> {
    for (let next = positions.shift(); next !== undefined; next = positions.shift()) {
      asking = new AbortController();
      const bill: Bill = { paidUsd: 0 };
      try {
        const check = await checkAt(next, parts, { bill, signal: asking.signal });
        if (check !== null) bus.emit('teacherChecked', check);
      } catch (error) {
        if (!asking.signal.aborted || bill.paidUsd > 0)
          bus.emit('teacherCheckLost', error, bill.paidUsd);
      }
    }
    working = null;
  }

  function add(position: number): void {
    if (positions.length >= queueMax) {
      const error = new Error(`More than ${queueMax} checks wait for the teacher.`);
      bus.emit('teacherCheckLost', error, 0);
      return;
    }
    positions.push(position);
    working ??= work();
  }

  bus.on('captured', (rows) => {
    for (const { id, isHoldout } of rows) {
      if (!isHoldout || isStopped) continue;
      const { reask, position } = drawOf(id);
      if (reask < parts.reaskRate()) add(position);
    }
  });

  return {
    async stop() {
      isStopped = true;
      positions.length = 0;
      asking.abort();
      await working;
    },
  };
}

/** What the answers to one check have cost, also when it then fails. */
interface Bill {
  paidUsd: number;
}

interface Asking {
  readonly bill: Bill;
  readonly signal: AbortSignal;
}

async function checkAt(
  position: number,
  parts: TeacherCheckerParts,
  asking: Asking,
): Promise<TeacherCheck | null> {
  const { task, teacher, capture } = parts;
  const createdAfterMs = parts.rowsAfterMs();
  const filter = { task, teacherVersion: teacher.version, createdAfterMs };
  const row = await capture.findUnchecked(filter, position);
  if (row === null) return null;
  const newLabels = [await ask(row, parts, asking), await ask(row, parts, asking)] as const;
  const check: TeacherCheck = {
    task,
    teacherVersion: teacher.version,
    rowId: row.id,
    inputHash: row.inputHash,
    rowCreatedMs: row.createdMs,
    confidence: row.confidence,
    checkedMs: parts.now(),
    label: row.teacherLabel,
    newLabels,
    costUsd: asking.bill.paidUsd,
  };
  await capture.appendCheck(check);
  return check;
}

async function ask(
  { input }: StoredRow,
  parts: TeacherCheckerParts,
  { bill, signal }: Asking,
): Promise<number> {
  const { rows, purse } = await openLabelPurse(parts, [input]);
  if (rows === 0) throw new Error('The hour’s budget of the teacher is spent.');
  let answers: readonly TeacherAnswer[] = [];
  try {
    answers = await parts.teacher.label([input], signal, { purse });
    bill.paidUsd += costOf(answers);
    return answers[0]!.label;
  } finally {
    purse.close();
    purse.given(answers);
  }
}
