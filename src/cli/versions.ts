import type { StudentJson } from '../http/api-types.js';
import { percent } from '../task/percent.js';
import { withTask, type ControlOptions } from './task-control.js';

/** `understudy students TASK` */
export async function listStudents(name: string, options: ControlOptions): Promise<void> {
  const students = await withTask(name, options, (task) => task.students());
  console.log('version        state      rows   agreement  coverage  made');
  for (const student of students) console.log(lineOf(student));
}

/** `understudy promote TASK VERSION` */
export async function promote(
  name: string,
  version: string,
  options: ControlOptions,
): Promise<void> {
  const { student, state } = await withTask(name, options, async (task) => ({
    student: await task.promote(version),
    state: await task.describe(),
  }));
  console.log(`${student.version} serves ${name} now.`);
  const { certificate, policy } = state;
  if (policy.mode === 'risk' && certificate.kind === 'not-certified')
    console.log(`It answers nothing yet, the teacher does: ${certificate.why}`);
}

/** `understudy rollback TASK` */
export async function rollback(name: string, options: ControlOptions): Promise<void> {
  const student = await withTask(name, options, (task) => task.rollback());
  console.log(`${student.version} serves ${name} again.`);
}

function lineOf(student: StudentJson): string {
  const { version, state, trainingRows, evaluation, createdAtMs } = student;
  const shown = (share: number | undefined): string => (share === undefined ? '-' : percent(share));
  return [
    version.padEnd(14),
    state.padEnd(10),
    (trainingRows === null ? '-' : String(trainingRows)).padStart(5),
    shown(evaluation?.agreement.estimate).padStart(10),
    shown(evaluation?.coverage).padStart(9),
    ` ${new Date(createdAtMs).toISOString().slice(0, 16)}`,
  ].join(' ');
}
