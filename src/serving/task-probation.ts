import { ConflictError } from '../errors.js';
import type { PairedJson } from '../http/api-types-evaluation.js';
import type { Registry } from '../registry/registry.js';
import { pairedDifference } from '../routing/paired-difference.js';
import { evidenceOf } from './evidence.js';
import { evidenceRowsMax } from './kept-evidence.js';
import { openCandidate } from './open-candidate.js';
import { warmUpRows } from './open-everywhere.js';
import { probationDelta, watchProbation, type Probation } from './probation.js';
import type { StudentSwitch } from './student-switch.js';
import type { TaskBus } from './task-bus.js';
import type { TaskMachinery } from './task-machinery.js';
import { studentSettingsOf, type TaskParts } from './task-parts.js';

const hourMs = 3_600_000;

/** Watches the student that serves after each promotion. */
export function watchTaskProbation(
  parts: TaskParts,
  { bus, slot, studentSwitch }: Pick<TaskMachinery, 'bus' | 'slot' | 'studentSwitch'>,
): Probation {
  const { registry, spec, config, log, now } = parts;
  return watchProbation({
    ...{ bus, registry, now },
    lastsMs: config.distillation.probationHours * hourMs,
    compare: (other, fromMs) => compareOnHoldout(parts, slot, { other, fromMs }),
    rollBack: async (from, why) => {
      await rollBackBy(studentSwitch, { registry, bus }, { from, why });
    },
    onFailed: (version, err) => log.error('rollback-failed', { task: spec.name, version, err }),
  });
}

/**
 * Puts the version before in front, on disk first, and announces it.
 *
 * @param cause  from: the version that is to go, whoever serves where it is left out; why: what has
 *               happened, for people.
 * @throws {ConflictError} when there is no version before, or another one serves.
 */
export function rollBackBy(
  studentSwitch: StudentSwitch,
  { registry, bus }: { readonly registry: Registry; readonly bus: TaskBus },
  { from, why }: { readonly from?: string; readonly why?: string } = {},
): Promise<string> {
  return studentSwitch.change(
    () => previousOf(registry, from),
    async () => void (await registry.rollback()),
    (previous) => bus.emit('studentChanged', previous, 'rolled-back', why),
  );
}

function previousOf(registry: Registry, from: string | undefined): string {
  const serving = registry.serving()?.version;
  if (from !== undefined && serving !== from)
    throw new ConflictError(`${from} serves no longer.`, {}, { isRetryable: false });
  const previous = registry.previous();
  if (previous === null)
    throw new ConflictError(
      'There is no previous version to roll back to. Promote one by its name.',
      {},
      { isRetryable: false },
    );
  return previous.version;
}

/** Holds who serves against another version, which is loaded for it and let go. */
async function compareOnHoldout(
  parts: TaskParts,
  slot: TaskMachinery['slot'],
  { other, fromMs }: { readonly other: string; readonly fromMs: number },
): Promise<PairedJson> {
  const { capture, spec, teacher } = parts;
  const rows = await capture.readHoldout({
    task: spec.name,
    teacherVersion: teacher.version,
    rowsMax: evidenceRowsMax,
    createdAfterMs: fromMs,
  });
  const lease = slot.acquire();
  if (lease === null || rows.length === 0) {
    lease?.release();
    return pairedDifference({ ownIsRight: [], otherIsRight: [] }, probationDelta);
  }
  try {
    const own = await evidenceOf(lease.value, rows);
    const student = await openCandidate(other, {
      ...parts,
      goldenInputs: [],
      studentSettings: studentSettingsOf(parts),
      recentInputs: async () => rows.slice(0, warmUpRows).map(({ input }) => input),
    });
    const others = await evidenceOf(student, rows).finally(() => student.close());
    const isRight = ({ disagrees }: { readonly disagrees: boolean }): boolean => !disagrees;
    return pairedDifference(
      { ownIsRight: own.map(isRight), otherIsRight: others.map(isRight) },
      probationDelta,
    );
  } finally {
    lease.release();
  }
}
