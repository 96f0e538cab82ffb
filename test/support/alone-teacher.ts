import type { ServedTeacher } from '../../src/serving/answering-teacher.js';
import type { Teacher } from '../../src/teacher/teacher.js';

/** A teacher as a task has it, without what makes its failures bearable. */
export const aloneTeacher = (teacher: Teacher): ServedTeacher => ({
  teacher,
  weight: null,
  state: () => ({
    breaker: 'closed',
    waitMs: 0,
    limitCalls: 1,
    inFlightCalls: 0,
    waitingCalls: 0,
  }),
});
