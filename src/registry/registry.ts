import { ConflictError } from '../errors.js';
import { createTurns } from '../files/in-turn.js';
import type { EvaluationJson, StudentJson } from '../http/api-types.js';
import type { Novelty } from '../routing/novelty.js';
import type { ScoreName } from '../routing/rate-logits.js';
import type { BundleManifest } from './bundle.js';
import { parseManifest } from './bundle-schema.js';
import { freeNumber, removeBundles, storeBundle, type StoredBundle } from './bundle-store.js';
import type { Pointer } from './pointer.js';
import { readBundle } from './read-bundle.js';
import {
  bundleOf,
  newestFirst,
  openState,
  point,
  refresh,
  verify,
  type State,
} from './registry-state.js';

export type { StoredBundle } from './bundle-store.js';

export interface AddOptions {
  /** Fitted calibration: logits are divided by it, > 0. */
  readonly temperature: number;
  /** What its confidence is made of; default: the top probability. */
  readonly score?: ScoreName;
  /** What is out of scope, where its bundle has features of novelty. */
  readonly novelty?: Novelty | null | undefined;
  /** Null for a student that comes from outside, unjudged. */
  readonly evaluation: EvaluationJson | null;
  /** A gate failed: it is kept for the record and can not be promoted. */
  readonly isRejected: boolean;
}

/** The student versions of one task on disk, and which of them serves. */
export interface Registry {
  /** The version that serves; null before the first promotion. */
  serving(): StudentJson | null;
  /** The version that `rollback` goes back to; null: there is none. */
  previous(): StudentJson | null;
  /** When the serving one was promoted, ms since the epoch; null: it was rolled back to. */
  promotedAtMs(): number | null;
  /** Newest first. */
  list(): readonly StudentJson[];
  /** @throws {NotFoundError} */
  read(version: string): Promise<StoredBundle>;
  /**
   * Copies a bundle in, as the next version. It does not serve until it is promoted.
   *
   * @returns its manifest, with its version and calibration.
   * @throws {InvalidBundleError} when the source is not a whole bundle.
   */
  add(sourceDir: string, options: AddOptions): Promise<BundleManifest>;
  /**
   * Makes a version the one that serves; the one before becomes `previous`.
   *
   * @throws {NotFoundError}       when there is no such version.
   * @throws {ConflictError}       when it was rejected.
   * @throws {InvalidBundleError}  when its files are damaged.
   */
  promote(version: string): Promise<StudentJson>;
  /**
   * Goes back to the previous version, once: the one it leaves does not become `previous`, so that
   * two alarms in a row never bring a bad version back.
   *
   * @throws {ConflictError}       when there is no previous version.
   * @throws {InvalidBundleError}  when its files are damaged.
   */
  rollback(): Promise<StudentJson>;
  /**
   * Removes the oldest versions past `bundlesMax`; the serving and the previous one do not count.
   *
   * @returns the versions removed.
   */
  prune(bundlesMax: number): Promise<readonly string[]>;
}

/**
 * Opens a registry, and makes it when absent: `registry.json`, and `<version>/` with manifest.json,
 * model.onnx and evaluation.json. What a crash left half-written is cleared; the serving version is
 * verified byte by byte. Changes are written one after the other, each on disk before it resolves.
 *
 * @throws {InvalidBundleError} when the version that should serve is damaged.
 * @throws {InvalidConfigError} when the directory can not be made.
 */
export async function openRegistry(options: {
  readonly dir: string;
  readonly now: () => number;
}): Promise<Registry> {
  const state = await openState(options.dir, options.now);
  const { inTurn } = createTurns();

  /** Runs a change after the one before; sees what another process wrote meanwhile. */
  function change<T>(work: () => Promise<T>): Promise<T> {
    return inTurn(async () => {
      await refresh(state);
      return work();
    });
  }

  return {
    serving: () => studentIfAny(state, state.pointer.serving),
    previous: () => studentIfAny(state, state.pointer.previous),
    promotedAtMs: () => state.pointer.promotedAtMs,
    list: () => newestFirst(state.bundles.keys()).map((version) => studentOf(state, version)),
    read: async (version) => bundleOf(state, version),
    add: (sourceDir, rest) => change(() => add(state, sourceDir, rest)),
    promote: (version) => change(() => promote(state, version)),
    rollback: () => change(() => rollback(state)),
    prune: (bundlesMax) => change(() => prune(state, bundlesMax)),
  };
}

async function add(state: State, sourceDir: string, options: AddOptions): Promise<BundleManifest> {
  const { temperature, score = 'top-probability', novelty, evaluation, isRejected } = options;
  const { manifest: source, model, files } = await readBundle(sourceDir);
  const number = Math.max(state.pointer.nextNumber, await freeNumber(state.dir));
  const version = `v${number}-${source.model.sha256.slice(0, 8)}`;
  const fitted = novelty === undefined || novelty === null ? {} : { novelty };
  const calibration = { temperature, score, ...fitted };
  const manifest: BundleManifest = { ...source, version, calibration };
  parseManifest(manifest, sourceDir);
  const facts = { isRejected, addedAtMs: state.now(), hasServed: false };
  const versions = { ...state.pointer.versions, [version]: facts };
  // The number is spent before the directory has its name: a crash in between wastes a number, and
  // no two bundles ever share one.
  const commit = (): Promise<void> => point(state, { nextNumber: number + 1, versions });
  const stored = await storeBundle(state.dir, { manifest, model, files, evaluation, commit });
  state.bundles = new Map([...state.bundles, [version, stored]]);
  return stored.manifest;
}

async function promote(state: State, version: string): Promise<StudentJson> {
  const { evaluation } = bundleOf(state, version);
  const { serving, versions } = state.pointer;
  if (versions[version]!.isRejected) {
    const failed = evaluation?.gates.filter(({ isPassed }) => !isPassed) ?? [];
    const why = failed.map(({ reason }) => ` ${reason}`).join('');
    const message = `${version} was rejected and can not be promoted.${why}`;
    throw new ConflictError(message, { version }, { isRetryable: false });
  }
  await verify(state, version);
  if (version !== serving)
    await point(state, {
      ...{ serving: version, previous: serving, promotedAtMs: state.now() },
      versions: { ...versions, [version]: { ...versions[version]!, hasServed: true } },
    });
  return studentOf(state, version);
}

async function rollback(state: State): Promise<StudentJson> {
  const { serving, previous } = state.pointer;
  if (previous === null)
    throw new ConflictError(
      'There is no previous version to go back to. Promote one by its name.',
      { serving: serving ?? 'none' },
      { isRetryable: false },
    );
  await verify(state, previous);
  await point(state, { serving: previous, previous: null, promotedAtMs: null });
  return studentOf(state, previous);
}

async function prune(state: State, bundlesMax: number): Promise<readonly string[]> {
  if (!(bundlesMax >= 0)) throw new RangeError(`bundlesMax must be 0 or more, got ${bundlesMax}.`);
  const { serving, previous } = state.pointer;
  const others = newestFirst(state.bundles.keys()).filter(
    (version) => version !== serving && version !== previous,
  );
  const removed = others.slice(bundlesMax);
  if (removed.length === 0) return [];
  const known = Object.entries(state.pointer.versions);
  const kept = Object.fromEntries(known.filter(([version]) => !removed.includes(version)));
  const commit = (): Promise<void> => point(state, { versions: kept });
  await removeBundles(state.dir, removed, commit);
  return removed;
}

const studentIfAny = (state: State, version: string | null): StudentJson | null =>
  version === null ? null : studentOf(state, version);

function studentOf(state: State, version: string): StudentJson {
  const { pointer } = state;
  const { manifest, evaluation } = bundleOf(state, version);
  const { model, lineage, compression, createdAt } = manifest;
  return {
    version,
    createdAtMs: Date.parse(createdAt),
    state: stateOf(pointer, version),
    architecture: model.architecture,
    multiplyAdds: model.multiplyAdds,
    modelBytes: model.bytes,
    trainingRows: lineage?.rows ?? null,
    parent: compression?.of ?? lineage?.parent ?? null,
    evaluation,
  };
}

function stateOf(pointer: Pointer, version: string): StudentJson['state'] {
  if (version === pointer.serving) return 'serving';
  if (version === pointer.previous) return 'previous';
  const { isRejected, hasServed } = pointer.versions[version]!;
  if (isRejected) return 'rejected';
  return hasServed ? 'retired' : 'unserved';
}
