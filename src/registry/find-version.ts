import { readdir } from 'node:fs/promises';
import { InvalidInputError } from '../errors.js';
import { numberOf } from './bundle-store.js';
import { newestFirst, noSuchVersion } from './registry-state.js';

/** Versions that lie in a registry's directory, newest first; none where there is no such one. */
export async function versionsIn(dir: string): Promise<readonly string[]> {
  const names = await readdir(dir).catch((): string[] => []);
  return newestFirst(names.filter((name) => numberOf(name) > 0));
}

/**
 * Finds the version that somebody has typed: whole, by its number alone, or as far as it can be no
 * other one: `v3-1f9a03c2`, `v3`, `v3-1f`.
 *
 * @throws {NotFoundError}     listing what is there.
 * @throws {InvalidInputError} where several could be meant.
 */
export function findVersion(versions: readonly string[], typed: string): string {
  if (versions.includes(typed)) return typed;
  const start = typed.includes('-') ? typed : `${typed}-`;
  const [found, ...others] = versions.filter((version) => version.startsWith(start));
  if (found === undefined) throw noSuchVersion(versions, typed);
  if (others.length === 0) return found;
  const meant = [found, ...others].join(', ');
  throw new InvalidInputError(`"${typed}" may be any of ${meant}: name one in full.`, {
    ...{ field: 'version', expected: `one of ${meant}`, got: typed },
  });
}
