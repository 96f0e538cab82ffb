import type { Capture } from '../capture/capture.js';
import { holdoutUseOf } from '../distillation/holdout-use.js';
import { createTurns } from '../files/in-turn.js';
import type { ModelThreads } from '../model/model-threads.js';
import type { Registry } from '../registry/registry.js';
import type { OnnxStudent, StudentSettings } from '../student/onnx-student.js';
import type { Slot } from '../student/student-slot.js';
import type { Input, TaskSpec } from '../task/task.js';
import type { Teacher } from '../teacher/teacher.js';
import { bindingOf } from './binding.js';
import { createEvidenceIntake } from './evidence-intake.js';
import { servedView, type Followers } from './followers.js';
import { evidenceOf } from './evidence.js';
import type { Guarantee } from './guarantee.js';
import { evidenceRowsMax } from './kept-evidence.js';
import { openEverywhere } from './open-everywhere.js';
import type { PromiseView } from './promise-view.js';
import type { TaskBus } from './task-bus.js';

export interface StudentSwitchParts {
  readonly bus: TaskBus;
  readonly spec: TaskSpec;
  readonly registry: Registry;
  readonly slot: Slot<OnnxStudent>;
  readonly guarantee: Guarantee;
  /** What requests go by. */
  readonly promise: PromiseView;
  readonly capture: Capture;
  readonly teacher: Teacher;
  /** Inputs that every student must answer with finite numbers. */
  readonly goldenInputs: readonly Input[];
  readonly studentSettings: StudentSettings;
  readonly modelThreads: ModelThreads;
  /** Other processes that answer with the same student. */
  readonly followers: Followers;
  /** Called when rows could not be scored: they are then missing from the evidence of now. */
  readonly onEvidenceLost: (rows: number, error: unknown) => void;
}

export interface StudentSwitch {
  /**
   * Puts a version in front.
   *
   * @param choose       names the version. Called when earlier changes are done: what it depends on
   *                     may have been changed by them.
   * @param movePointer  makes the change durable, just before the swap.
   * @param onSwapped    called in the turn of the swap, before a threshold is sought.
   * @returns the version.
   */
  change(
    choose: () => string,
    movePointer: () => Promise<void>,
    onSwapped?: (version: string) => void,
  ): Promise<string>;
  /** Fits again from what is known, under the policy of now. */
  rebind(): Promise<void>;
  /** Resolves when changes under way are done. */
  settle(): Promise<void>;
}

/**
 * Changes the student that serves: load, warm and check beside the old one, hold it against all
 * holdout rows, then swap model and certificate in the same turn of the event loop. No request sees
 * one model with another's threshold.
 */
export function createStudentSwitch(parts: StudentSwitchParts): StudentSwitch {
  const { slot, guarantee, promise, spec, teacher, onEvidenceLost } = parts;
  const changes = createTurns();
  const { inTurn } = changes;
  const intake = createEvidenceIntake({ slot, guarantee, inTurn, onEvidenceLost });

  /** @param swapIn  runs between scoring and binding; model and threshold then change together. */
  async function bindTo(student: OnnxStudent, swapIn: () => Promise<() => void>): Promise<void> {
    const takeLate = intake.rememberLate();
    try {
      const rows = await parts.capture.readHoldout({
        task: spec.name,
        teacherVersion: teacher.version,
        rowsMax: evidenceRowsMax,
        createdAfterMs: guarantee.evidenceAfterMs,
      });
      const certifying = rows.filter(({ inputHash }) => holdoutUseOf(inputHash) === 'certify');
      const evidence = await evidenceOf(student, [...certifying].reverse()); // Oldest first.
      const swap = await swapIn();
      swap(); // From here to the end nothing may wait.
      guarantee.bind(bindingOf({ spec, student, teacher }), evidence);
    } finally {
      takeLate();
    }
  }

  async function changeTo(
    version: string,
    movePointer: () => Promise<void>,
    onSwapped: (version: string) => void,
  ): Promise<void> {
    const { student, elsewhere, giveUp } = await openEverywhere(version, parts);
    try {
      await bindTo(student, async () => {
        await movePointer();
        // The old student closes after its last request; nobody waits for that.
        return () => {
          void slot.swap(student).catch(() => {});
          onSwapped(version);
        };
      });
    } catch (error) {
      if (slot.peek() !== student) await giveUp();
      else await elsewhere.commit(servedView(slot, promise)); // It serves here: everywhere, then.
      throw error;
    }
    await elsewhere.commit(servedView(slot, promise));
  }

  parts.bus.on('captured', (rows) => intake.take(rows));
  return {
    change: (choose, movePointer, onSwapped = () => {}) =>
      inTurn(async () => {
        const version = choose();
        await changeTo(version, movePointer, onSwapped);
        return version;
      }),
    rebind: () =>
      inTurn(async () => {
        const student = slot.peek();
        if (student !== null) await bindTo(student, async () => () => {});
        await parts.followers.shown();
      }),
    settle: changes.settle,
  };
}
