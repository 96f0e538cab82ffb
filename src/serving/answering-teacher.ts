import { createDiscreetTeacher } from '../teacher/discreet-teacher.js';
import { createCoalescingTeacher } from '../teacher/resilience/coalescing-teacher.js';
import type { TeacherState } from '../teacher/resilience/resilient-teacher.js';
import { createTeacherGroup, type GroupMember } from '../teacher/resilience/teacher-group.js';
import type { Teacher } from '../teacher/teacher.js';
import type { Metrics } from '../telemetry/metrics.js';
import { measureTeacherState } from './observe-resilience.js';
import { observeTeacher } from './observed-teacher.js';

/** One of a task's teachers, as it is asked. */
export interface ServedTeacher extends GroupMember {
  readonly state: () => TeacherState;
}

/**
 * Who answers callers: all teachers of the task as one, calls counted, equal inputs asked once.
 *
 * @param draw  uniform in [0, 1).
 */
export function createAnsweringTeacher(
  teachers: readonly ServedTeacher[],
  { task, metrics, draw }: { task: string; metrics: Metrics; draw: () => number },
): Teacher {
  const observed = teachers.map(({ teacher, weight, state }) => {
    measureTeacherState({ task, teacher: teacher.name, metrics }, state);
    return { teacher: observeTeacher(teacher, { task, purpose: 'answer', metrics }), weight };
  });
  metrics.add('sharedRows', { task }, 0); // Growth is seen from the first one.
  const coalescing = createCoalescingTeacher(createTeacherGroup(observed, draw));
  // Who joins a call that keeps its inputs may be one who keeps none.
  const sharing = createDiscreetTeacher(coalescing, 'by-request');
  return {
    ...sharing,
    async label(inputs, signal, context) {
      const answers = await sharing.label(inputs, signal, context);
      const shared = answers.filter(({ isShared }) => isShared === true).length;
      if (shared > 0) metrics.add('sharedRows', { task }, shared);
      return answers;
    },
  };
}
