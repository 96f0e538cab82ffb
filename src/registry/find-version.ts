import { readdir } from 'node:fs/promises';
import { NotFoundError } from '../errors.js';
import { numberOf } from './bundle-store.js';
import { newestFirst } from './registry-state.js';

/** Versions that lie in a registry's directory, newest first; none where there is no such one. */
export async function versionsIn(dir: string): Promise<readonly string[]> {
  const names = await readdir(dir).catch((): string[] => []);
  return newestFirst(names.filter((name) => numberOf(name) > 0));
}

/**
 * Finds the version that somebody has typed, whole or by its number alone: `v3-1f9a03c2`, `v3`.
 *
 * @throws {NotFoundError} listing what is there.
 */
export function findVersion(versions: readonly string[], typed: string): string {
  const found = versions.find((version) => version === typed || version.startsWith(`${typed}-`));
  if (found !== undefined) return found;
  const there = versions.length === 0 ? 'There is none yet' : `There are ${versions.join(', ')}`;
  throw new NotFoundError(`There is no version "${typed}" of the student. ${there}.`, {
    version: typed,
  });
}
