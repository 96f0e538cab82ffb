import { existsSync } from 'node:fs';
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Capture } from '../capture/capture.js';
import { hasUsedAny, usedKeysOf } from '../distillation/used-rows.js';
import { ConflictError } from '../errors.js';
import type { RunJson, StudentJson } from '../http/api-types.js';
import type { ErasureJson } from '../http/api-types-erasure.js';
import type { Followers } from './followers.js';
import type { HoldoutLabeller } from './holdout-labeller.js';
import type { RecentAnswers } from './recent-answers.js';
import { takeRunLease } from './run-lease.js';

export interface EraseParts {
  readonly task: string;
  readonly capture: Pick<Capture, 'eraseSubject' | 'acquireLease' | 'releaseLease'>;
  readonly recent: Pick<RecentAnswers, 'forget'>;
  readonly followers: Pick<Followers, 'forget'>;
  readonly labeller: Pick<HoldoutLabeller, 'forget'>;
  readonly runsDir: string;
  readonly runs: () => readonly RunJson[];
  readonly students: () => readonly StudentJson[];
  readonly newId: () => string;
}

/**
 * Erases all that is kept of a subject: its rows, the answers that are remembered, rows that wait
 * for a label, and dataset snapshots. What students have learnt stays in them: they are named.
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
    parts.recent.forget(subject);
    await parts.followers.forget(subject);
    await parts.labeller.forget(subject);
    const ids = await capture.eraseSubject(task, subject);
    return { rows: ids.length, ...(await eraseUses(parts, ids)) };
  } finally {
    await giveBack();
  }
}

async function eraseUses(
  { runsDir, runs, students }: EraseParts,
  ids: readonly string[],
): Promise<Omit<ErasureJson, 'rows'>> {
  const seen = new Set<string>();
  let snapshots = 0;
  const keys = usedKeysOf(ids);
  const versions = new Map(runs().map(({ id, candidateVersion }) => [id, candidateVersion]));
  for (const run of ids.length === 0 ? [] : await readdir(runsDir)) {
    if (!(await hasUsedAny(join(runsDir, run), keys))) continue;
    const snapshot = join(runsDir, run, 'snapshot');
    if (existsSync(snapshot)) snapshots++;
    await rm(snapshot, { recursive: true, force: true });
    const version = versions.get(run) ?? null;
    if (version !== null) seen.add(version);
  }
  const descendants = new Set<string>();
  const oldestFirst = [...students()].reverse();
  for (const { version, parent } of oldestFirst) {
    const isOf = parent !== null && (seen.has(parent) || descendants.has(parent));
    if (isOf && !seen.has(version)) descendants.add(version);
  }
  return { students: [...seen], descendants: [...descendants], snapshots };
}
