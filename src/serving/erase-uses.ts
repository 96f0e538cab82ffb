import { existsSync } from 'node:fs';
import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { hasUsedAny, usedKeysOf } from '../distillation/used-rows.js';
import type { RunJson, StudentJson } from '../http/api-types.js';
import type { ErasureJson } from '../http/api-types-erasure.js';

interface UseParts {
  readonly runsDir: string;
  readonly students: () => readonly StudentJson[];
}

type Uses = Pick<ErasureJson, 'students' | 'descendants' | 'unknown' | 'snapshots'>;

/**
 * Erases the dataset snapshots with some of these rows, and finds the students that were trained on
 * some, whenever that was. All is read from the disk: runs are remembered for less long. Of a run
 * that can not be read any more the snapshot goes, and it is named.
 */
export async function eraseUses(parts: UseParts, ids: readonly string[]): Promise<Uses> {
  const nothing = { students: [], descendants: [], unknown: [], snapshots: 0 };
  if (ids.length === 0) return nothing;
  const keys = usedKeysOf(ids);
  const seen = new Set<string>();
  const unknown: ErasureJson['unknown'][number][] = [];
  let snapshots = 0;
  const entries = await readdir(parts.runsDir, { withFileTypes: true });
  for (const { name } of entries.filter((entry) => entry.isDirectory())) {
    const dir = join(parts.runsDir, name);
    const told = await readRun(dir);
    const snapshot = join(dir, 'snapshot');
    const hasSnapshot = existsSync(snapshot);
    const hasUsed = await hasUsedAny(dir, keys);
    if (hasUsed === false) continue;
    if (hasUsed === null && !hasSnapshot && hasReadNothing(told)) continue;
    if (hasSnapshot) snapshots++;
    await rm(snapshot, { recursive: true, force: true });
    const student = told.kind === 'read' ? studentOf(told.run, parts.students()) : null;
    if (hasUsed === null || told.kind === 'unreadable') unknown.push({ run: name, student });
    else if (student !== null) seen.add(student);
  }
  const descendants = descendantsOf(seen, parts.students());
  return { students: [...seen], descendants, unknown, snapshots };
}

type Told =
  | { readonly kind: 'read'; readonly run: RunJson }
  /** The directory of a run that never started. */
  | { readonly kind: 'absent' }
  | { readonly kind: 'unreadable' };

async function readRun(dir: string): Promise<Told> {
  try {
    const text = await readFile(join(dir, 'run.json'), 'utf8');
    return { kind: 'read', run: JSON.parse(text) as RunJson };
  } catch (error) {
    const isAbsent = (error as NodeJS.ErrnoException).code === 'ENOENT';
    return { kind: isAbsent ? 'absent' : 'unreadable' };
  }
}

/** It did not come so far, or makes a student smaller: that takes no rows. */
const hasReadNothing = (told: Told): boolean =>
  told.kind === 'absent' ||
  (told.kind === 'read' && told.run.candidateVersion === null) ||
  (told.kind === 'read' && told.run.compresses !== undefined);

/** A run that failed late, or was killed, may have made one and does not say so. */
function studentOf(run: RunJson, students: readonly StudentJson[]): string | null {
  if (run.candidateVersion !== null) return run.candidateVersion;
  const madeIn = ({ createdAtMs }: StudentJson): boolean =>
    createdAtMs >= run.startedAtMs && createdAtMs <= (run.endedAtMs ?? Infinity);
  return students.find(madeIn)?.version ?? null;
}

function descendantsOf(
  seen: ReadonlySet<string>,
  students: readonly StudentJson[],
): readonly string[] {
  const descendants = new Set<string>();
  const oldestFirst = [...students].reverse();
  for (const { version, parent } of oldestFirst) {
    const isOf = parent !== null && (seen.has(parent) || descendants.has(parent));
    if (isOf && !seen.has(version)) descendants.add(version);
  }
  return [...descendants];
}
