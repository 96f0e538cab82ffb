import type { Capture } from '../capture/capture.js';
import type { OnnxStudent } from '../student/onnx-student.js';
import type { Input } from '../task/task.js';
import type { PreparedElsewhere, StudentSource } from './followers.js';
import { goldenCheckRows, openCandidate } from './open-candidate.js';
import type { StudentSwitchParts } from './student-switch.js';

/** A version that is loaded in every process, and waits. */
export interface OpenedEverywhere {
  readonly student: OnnxStudent;
  readonly elsewhere: PreparedElsewhere;
  /** Gives it up in every process. */
  readonly giveUp: () => Promise<void>;
}

/** Captured rows that a model is warmed up with, beside the golden ones. */
export const warmUpRows = 32;

/** Loads a version here and elsewhere, side by side: everywhere, or nowhere. */
export async function openEverywhere(
  version: string,
  parts: Omit<StudentSwitchParts, 'slot' | 'guarantee' | 'bus' | 'onEvidenceLost'>,
): Promise<OpenedEverywhere> {
  const source = await sourceOf(version, parts);
  const [opened, prepared] = await Promise.allSettled([
    openCandidate(version, { ...parts, recentInputs: async () => source.recentInputs }),
    parts.followers.prepare(source),
  ]);
  if (opened.status === 'fulfilled' && prepared.status === 'fulfilled') {
    const { value: student } = opened;
    const { value: elsewhere } = prepared;
    return {
      student,
      elsewhere,
      giveUp: () => {
        elsewhere.abandon();
        return student.close();
      },
    };
  }
  if (opened.status === 'fulfilled') await opened.value.close();
  if (prepared.status === 'fulfilled') prepared.value.abandon();
  const failure = [opened, prepared].find(({ status }) => status === 'rejected');
  throw (failure as PromiseRejectedResult).reason;
}

/** What another process needs to load a version as this one does. */
export async function sourceOf(
  version: string,
  parts: Pick<StudentSwitchParts, 'registry' | 'goldenInputs' | 'capture' | 'spec' | 'teacher'>,
): Promise<StudentSource> {
  const { dir } = await parts.registry.read(version);
  return {
    version,
    bundleDir: dir,
    goldenInputs: parts.goldenInputs.slice(0, goldenCheckRows),
    recentInputs: await recentInputs(parts),
  };
}

/** Real inputs, as they come: the newest that the log has. */
export async function recentInputs({
  capture,
  spec,
  teacher,
}: {
  readonly capture: Capture;
} & Pick<StudentSwitchParts, 'spec' | 'teacher'>): Promise<readonly Input[]> {
  const rows = await capture.readHoldout({
    task: spec.name,
    teacherVersion: teacher.version,
    rowsMax: warmUpRows,
    createdAfterMs: 0,
  });
  return rows.map(({ input }) => input);
}
