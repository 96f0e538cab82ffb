import type { Registry } from '../registry/registry.js';
import { ConflictError } from '../errors.js';
import type { PairedJson } from '../http/api-types-evaluation.js';
import type { TaskBus } from './task-bus.js';

export interface ProbationParts {
  readonly bus: TaskBus;
  readonly registry: Pick<Registry, 'serving' | 'previous' | 'promotedAtMs'>;
  /** How long a version is on probation after its promotion, ms; 0: never. */
  readonly lastsMs: number;
  /** Holds the version that serves against another one, on holdout rows from a moment on. */
  readonly compare: (other: string, fromMs: number) => Promise<PairedJson>;
  /**
   * Puts the version before in front again.
   *
   * @param from  the version that is to go; where another one serves by now nothing happens.
   */
  readonly rollBack: (from: string, why: string) => Promise<void>;
  readonly onFailed: (version: string, error: unknown) => void;
  readonly now: () => number;
}

export interface Probation {
  /** Resolves when a rollback under way is done. */
  settle(): Promise<void>;
}

/** More rows that the student could not answer than both of these are too many. */
const failedRowsMax = 10;
const failedShareMax = 0.01;
/** Chance that a version goes which is no worse than the one before. */
const significance = 0.05;

/**
 * A promoted version is on probation for a while: it goes, and the version before comes back, when
 * it fails to answer too many rows, or when the tests of its answers raise an alarm and the version
 * before does better beyond chance on the holdout rows since the promotion. Where both are wrong
 * alike the world has changed, and the version before is no help. Who came back is on no probation:
 * no two versions take turns.
 */
export function watchProbation(parts: ProbationParts): Probation {
  const { bus, registry, lastsMs, now } = parts;
  let underWay: Promise<void> = Promise.resolve();
  let isJudging = false;
  let rows = 0;
  let failedRows = 0;

  /** Who is on probation, from when, and who was before; null: nobody. */
  function onProbation(): { version: string; fromMs: number; before: string } | null {
    const fromMs = registry.promotedAtMs();
    const before = registry.previous();
    const serving = registry.serving();
    if (fromMs === null || before === null || serving === null) return null;
    if (now() - fromMs >= lastsMs) return null;
    return { version: serving.version, fromMs, before: before.version };
  }

  function judge(why: (before: string, fromMs: number) => Promise<string | null>): void {
    const present = onProbation();
    if (present === null || isJudging) return;
    isJudging = true;
    const { version, fromMs, before } = present;
    underWay = why(before, fromMs)
      .then((reason) => (reason === null ? undefined : parts.rollBack(version, reason)))
      .catch((error: unknown) => {
        // Somebody else has changed the student meanwhile.
        if (!(error instanceof ConflictError)) parts.onFailed(version, error);
      })
      .finally(() => (isJudging = false));
  }

  bus.on('studentChanged', (_version, how) => {
    if (how !== 'added') [rows, failedRows] = [0, 0];
  });
  bus.on('tallied', ({ decidedRows, failedRows: failed }) => {
    rows += decidedRows;
    failedRows += failed;
    if (failedRows <= failedRowsMax || failedRows <= failedShareMax * rows) return;
    const why = `it could not answer ${failedRows} of ${rows} rows since its promotion.`;
    judge(async () => why);
  });
  bus.on('guarantee', (event) => {
    if (event.kind !== 'certificate-lost' || event.cause !== 'answers') return;
    judge(async (before, fromMs) => {
      const { rows: held, gained, lost, high } = await parts.compare(before, fromMs);
      if (!(high < 0)) return null;
      return (
        `its answers raised an alarm, and of ${held} holdout rows since its promotion it has ` +
        `${lost} wrong that ${before} has right, and ${gained} the other way round.`
      );
    });
  });
  return { settle: () => underWay };
}

/** `pairedDifference` has two sides, of which one counts here. */
export const probationDelta = 2 * significance;
