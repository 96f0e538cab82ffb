import { mkdir } from 'node:fs/promises';
import { InvalidBundleError, InvalidConfigError, NotFoundError } from '../errors.js';
import { clearLeftovers, loadBundle, numberOf, type StoredBundle } from './bundle-store.js';
import { emptyPointer, readPointer, writePointer, type Pointer } from './pointer.js';
import { verifyBundle } from './read-bundle.js';

/** What a registry has in memory of its directory. */
export interface State {
  readonly dir: string;
  readonly now: () => number;
  pointer: Pointer;
  /** Whole bundles that the pointer knows. */
  bundles: ReadonlyMap<string, StoredBundle>;
}

/** Reads a registry's directory, clears what a crash left, and verifies the serving version. */
export async function openState(dir: string, now: () => number): Promise<State> {
  await mkdir(dir, { recursive: true }).catch((cause: unknown) => {
    const message = `The directory ${dir} for student versions can not be made: ${String(cause)}.`;
    const advice = 'Give the gateway a data directory that it may write to.';
    throw new InvalidConfigError(`${message} ${advice}`, { dir }, { cause });
  });
  const pointer = await readPointer(dir);
  const keep = new Set([pointer?.serving ?? null, pointer?.previous ?? null]);
  const [lost] = await clearLeftovers(dir, { keep });
  if (pointer === null && lost !== undefined)
    throw new InvalidBundleError(
      `${dir} has bundles (${lost}) but no registry.json, which says the one that serves. ` +
        'Restore it from a backup, or move the bundles away and import one as the first student.',
      { dir },
    );
  const state: State = { dir, now, pointer: pointer ?? emptyPointer, bundles: new Map() };
  await refresh(state);
  if (state.pointer.serving !== null) await verifyServing(state, state.pointer.serving);
  return state;
}

async function verifyServing(state: State, serving: string): Promise<void> {
  try {
    await verify(state, serving);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new InvalidBundleError(
      `The serving student ${serving} can not be used: ${why} Or let another version serve: ` +
        `change "serving" in registry.json.`,
      { version: serving, dir: state.dir },
      { cause },
    );
  }
}

/** Reads the pointer again, and the bundles that are new in it. Damaged ones are left out. */
export async function refresh(state: State): Promise<void> {
  const pointer = (await readPointer(state.dir)) ?? state.pointer;
  const bundles = new Map<string, StoredBundle>();
  for (const version of Object.keys(pointer.versions)) {
    const bundle =
      state.bundles.get(version) ?? (await loadBundle(state.dir, version).catch(() => null));
    if (bundle !== null) bundles.set(version, bundle);
  }
  Object.assign(state, { pointer, bundles }); // Together: readers see both or none.
}

/** Writes the pointer; only then does the change hold. Versions that it drops are gone. */
export async function point(state: State, changes: Partial<Pointer>): Promise<void> {
  const pointer = { ...state.pointer, ...changes };
  await writePointer(state.dir, pointer);
  const isKnown = ([version]: [string, unknown]): boolean =>
    Object.hasOwn(pointer.versions, version);
  const bundles = new Map([...state.bundles].filter(isKnown));
  Object.assign(state, { pointer, bundles });
}

/** Checks the files of a version that is to serve. */
export async function verify(state: State, version: string): Promise<void> {
  const { dir } = await loadBundle(state.dir, version);
  await verifyBundle(dir);
}

/** @throws {NotFoundError} naming the versions that there are. */
export function bundleOf({ bundles }: State, version: string): StoredBundle {
  const bundle = bundles.get(version);
  if (bundle !== undefined) return bundle;
  throw noSuchVersion(newestFirst(bundles.keys()), version);
}

/** @param versions  newest first. */
export function noSuchVersion(versions: readonly string[], version: string): NotFoundError {
  const known = versions.join(', ') || 'none';
  return new NotFoundError(`There is no student ${version}. Versions: ${known}.`, { version });
}

export const newestFirst = (versions: Iterable<string>): string[] =>
  [...versions].sort((a, b) => numberOf(b) - numberOf(a));
