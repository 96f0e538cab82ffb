import type { Capture } from '../capture/capture.js';
import { ConflictError } from '../errors.js';
import type { StudentJson } from '../http/api-types.js';
import type { ErasureJson } from '../http/api-types-erasure.js';
import { eraseUses } from './erase-uses.js';
import type { ErasedSubjects } from './erased-subjects.js';
import type { Followers } from './followers.js';
import type { HoldoutLabeller } from './holdout-labeller.js';
import type { RecentAnswers } from './recent-answers.js';
import { takeRunLease } from './run-lease.js';

export interface EraseParts {
  readonly task: string;
  readonly capture: Pick<
    Capture,
    'acquireLease' | 'releaseLease' | 'subjectIds' | 'eraseIds' | 'eraseSubject' | 'clearOldPages'
  >;
  readonly erased: Pick<ErasedSubjects, 'bar'>;
  readonly recent: Pick<RecentAnswers, 'forget'>;
  readonly followers: Pick<Followers, 'forget'>;
  readonly labeller: Pick<HoldoutLabeller, 'forget'>;
  readonly runsDir: string;
  readonly students: () => readonly StudentJson[];
  readonly newId: () => string;
}

/** Other commits wait for so many rows at most. */
const rowsAtOnce = 500;

/**
 * Erases all that is kept of a subject: its rows, the answers that are remembered, rows that wait
 * for a label, and dataset snapshots. What students have learnt stays in them: they are named.
 *
 * Snapshots go first: who asks again after a failure finds the rows that tell which ones.
 *
 * @throws {ConflictError} while a run is going on, which may have read the rows.
 */
export async function eraseSubject(parts: EraseParts, subject: string): Promise<ErasureJson> {
  const { task, capture } = parts;
  const giveBack = await takeRunLease(capture, task, `erasure-${parts.newId()}`);
  if (giveBack === null)
    throw new ConflictError(
      `A run of ${task} is going on, and may have read what is to be erased: wait for its end.`,
    );
  try {
    const labelled = await parts.erased.bar(subject);
    parts.recent.forget(subject);
    await parts.followers.forget(subject);
    // Not waited for: what is at the teacher, and tried again, does not come into the log.
    void parts.labeller.forget(subject);
    const uses = await eraseUses(parts, await capture.subjectIds(task, subject));
    if (labelled.length > 0) await capture.eraseIds(task, labelled);
    let rows = 0;
    for (let erased = rowsAtOnce; erased === rowsAtOnce; rows += erased)
      erased = await capture.eraseSubject(task, subject, rowsAtOnce);
    return { rows, ...uses, oldPages: await capture.clearOldPages() };
  } finally {
    await giveBack();
  }
}
