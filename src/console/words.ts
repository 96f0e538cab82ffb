import type { AnswerJson, RouteName, StudentJson, TaskJson } from '../http/api-types.js';
import { formatShare } from './format.js';

/** Routes in the order in which charts and legends show them. */
export const routeNames = ['student', 'teacher', 'cache', 'degraded'] as const;

/** Those to name in a legend. The cache is off by default: it is named when it has rows. */
export const namedRoutes = (rows: Readonly<Record<RouteName, number>>): readonly RouteName[] =>
  routeNames.filter((route) => route !== 'cache' || rows.cache > 0);

/** What each route means, for hovering over its name. */
export const routeMeanings: Readonly<Record<RouteName, string>> = {
  student: 'The small model answered: it was sure enough.',
  teacher: 'The large model answered. Its answer is captured, and the student learns from it.',
  cache: 'An equal input was answered before, and got that answer again.',
  degraded: "The student's answer, because the teacher could not be used.",
};

const whoAnswered: Readonly<Record<RouteName, string>> = {
  student: 'The student answered',
  teacher: 'The teacher answered',
  cache: 'An earlier answer, given again',
  degraded: 'The student answered, unsure',
};

export const whoIn = ({ route }: AnswerJson): string => whoAnswered[route];

/** Who answers by the policy's mode. */
export const modeMeanings: Readonly<Record<TaskJson['policy']['mode'], string>> = {
  risk: 'the student answers where the promise holds.',
  budget:
    'the teacher answers the least sure rows, as far as its budget goes; no risk is promised.',
  student: 'the student answers everything; no risk is promised.',
  teacher: 'the teacher answers everything.',
  shadow: 'the teacher answers everything, and the student is scored.',
};

/** Why that route, as a sentence. */
export function whyIn({ reason, confidence, threshold, route }: AnswerJson): string {
  const sure = confidence === null ? 'unknown' : formatShare(confidence);
  const needed = threshold === null ? 'none' : formatShare(threshold);
  switch (reason) {
    case 'confident':
      return `The student was sure enough: ${sure}, and the threshold is ${needed}.`;
    case 'unsure':
      return `The student was not sure enough: ${sure}, and the threshold is ${needed}.`;
    case 'out-of-scope':
      return 'The input is unlike anything that the student was trained on.';
    case 'not-certified':
      return 'No threshold is certified yet, so the teacher answers everything.';
    case 'no-student':
      return 'There is no student yet, so the teacher answers everything.';
    case 'student-failed':
      return 'The student could not answer this input, so the teacher does.';
    case 'requested':
      return `You asked for the ${route === 'student' ? 'student' : 'teacher'}.`;
    case 'policy':
      return `The policy has the ${route === 'student' ? 'student' : 'teacher'} answer everything.`;
    case 'shadow':
      return `The teacher answers everything; the student is only scored: ${sure}.`;
    case 'over-budget':
      return `The student was not sure (${sure}), and the teacher's budget had no room.`;
    case 'known':
      return 'An equal input was answered before, under the same student and threshold.';
    case 'teacher-timeout':
      return 'The student was not sure, but the teacher did not answer in time.';
    case 'teacher-failed':
      return 'The student was not sure, but the teacher failed.';
    case 'teacher-overloaded':
      return "The student was not sure, but the teacher's queue was full.";
    case 'teacher-unavailable':
      return 'The student was not sure, but the teacher failed too often and is not asked now.';
    case 'teacher-over-budget':
      return 'The student was not sure, and there was no money for the teacher.';
    case 'capture-failed':
      return "The student was not sure, and the teacher's answer could not be kept.";
    case 'teacher-other':
      return 'Another teacher has answered; this label is from the one that students imitate.';
  }
}

/** Whether scores depend on the rows that share a run, for hovering. */
export const batchingMeanings: Readonly<
  Record<NonNullable<TaskJson['student']>['batching'], string>
> = {
  exact: 'A row gets the same scores, to the last bit, whatever rows share its run.',
  rounding: 'Scores may differ in their last digits by the size of a run.',
  coupled: 'Rows of a run would change each other: every row runs alone.',
  single: 'Each row runs alone: the model takes one row a run.',
};

export const stateMeanings: Readonly<Record<StudentJson['state'], string>> = {
  serving: 'This version answers now.',
  previous: 'A rollback goes back to this version.',
  retired: 'It served once and is kept.',
  unserved: 'It can be promoted, and has never been.',
  rejected: 'A gate failed: it is kept for the record and can not be promoted.',
};

/** The words of the page, explained where they first appear. */
export const meanings = {
  agreement:
    "Share of student answers equal to the teacher's, on holdout rows since this student was " +
    'promoted or the last alarm. In 9 of 10 cases the interval is right at every moment.',
  selfAgreement:
    'Holdout rows that the teacher was asked about again, twice: how often its two answers are ' +
    'equal. No student can agree with it better than it allows.',
  coverage: 'Share of traffic that the student answers at the current threshold.',
  capture: 'The durable log of teacher-labelled requests, from which the student learns.',
  holdout:
    'Requests drawn at random before their confidence is known, labelled by the teacher and ' +
    'never trained on.',
  threshold: 'The confidence below which the teacher answers; fitted, not typed in by hand.',
  confidence:
    'How sure the student is of its own label: its calibrated top probability, or the score that ' +
    'its version names.',
  avoided: 'What the teacher would have cost for all rows, less what was spent.',
  spent: "Teacher calls, also those that label holdout rows, and the student's machine time.",
  golden: 'Accuracy on frozen rows that ship with the task and are never fed by traffic.',
  distillation:
    'Dataset snapshot, train, calibrate, evaluate, gate; then promote or reject the candidate.',
} as const;
