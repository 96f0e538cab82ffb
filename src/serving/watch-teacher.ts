import type { Teacher } from '../teacher/teacher.js';
import type { Guarantee } from './guarantee.js';
import type { TaskBus } from './task-bus.js';
import type { TaskParts } from './task-parts.js';
import {
  checksReadMax,
  createTeacherAgreement,
  type TeacherAgreement,
} from './teacher-agreement.js';
import type { Budget } from './budget-account.js';
import { createTeacherChecker, type TeacherChecker } from './teacher-checker.js';

export interface TeacherWatch {
  readonly selfAgreement: TeacherAgreement;
  readonly checker: TeacherChecker;
}

/**
 * Watches whether the teacher agrees with itself, from what the log knows on. One that answers
 * otherwise than before is another teacher, whatever it calls itself: no certificate outlives it.
 *
 * @param teacher  as `TeacherCheckerParts` has it.
 */
export async function watchTeacher(
  parts: Pick<TaskParts, 'spec' | 'capture' | 'holdoutKey' | 'now'>,
  wired: {
    readonly bus: TaskBus;
    readonly guarantee: Guarantee;
    readonly budget: Budget;
    readonly teacher: Teacher;
  },
): Promise<TeacherWatch> {
  const { spec, capture, holdoutKey, now } = parts;
  const { bus, guarantee, budget, teacher } = wired;
  const { name, version } = teacher;
  const selfAgreement = createTeacherAgreement(bus);
  const filter = { task: spec.name, teacherVersion: version, rowsMax: checksReadMax };
  selfAgreement.replay([...(await capture.readChecks(filter))].reverse());
  const startAnew = (): void =>
    guarantee.startAnew(
      `Rows that teacher ${name} was asked about again show that it answers otherwise than ` +
        `before under the same version, ${version}: what was learnt of it before proves nothing ` +
        'now.',
      'teacher',
    );
  // The gateway may have been killed between the check and what came of it.
  if ((selfAgreement.changedAtMs() ?? 0) > guarantee.evidenceAfterMs) startAnew();
  bus.on('teacherChanged', startAnew);
  const checker = createTeacherChecker({
    bus,
    task: spec.name,
    teacher,
    budget,
    capture,
    holdoutKey,
    reaskRate: () => guarantee.policy.reaskRate,
    rowsAfterMs: () => selfAgreement.changedAtMs() ?? 0,
    now,
  });
  return { selfAgreement, checker };
}
