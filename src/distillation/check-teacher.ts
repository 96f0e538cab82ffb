import type { GateJson } from '../http/api-types.js';
import { mcnemar } from '../routing/mcnemar.js';
import { percent } from '../task/percent.js';

/** Teacher and student on the same rows, whose true labels are known from elsewhere. */
export interface TeacherEvidence {
  /** Whose labels these are: `golden rows`, `reviewed rows`. */
  readonly what: string;
  /** [n] and [n]: which rows each has right. */
  readonly teacherIsRight: readonly boolean[];
  readonly studentIsRight: readonly boolean[];
}

/**
 * A teacher stops runs wrongly in at most one case of a hundred, for each student: the same golden
 * rows come again in every run, and a run that is stopped is stopped the next time too.
 */
const significance = 0.01;

/**
 * Checks that the teacher is not worse than the student that serves: a worse one must not teach. It
 * fails where more rows are right by the student alone than by the teacher alone, beyond what
 * chance explains (exact McNemar test), on any of the sources; they share the significance. A tie
 * is no failure: a student that has learnt all of its teacher agrees with it almost always, and
 * still has to learn what is new. On few rows only a large difference shows: seven of the student
 * alone against none of the teacher alone.
 *
 * @param evidence  golden rows; and reviewed ones, a source of their own: they were chosen.
 */
export function checkTeacher(evidence: readonly TeacherEvidence[]): GateJson {
  const checked = evidence.map((source) => compare(source, significance / evidence.length));
  return {
    name: 'teacher',
    isPassed: checked.every(({ isPassed }) => isPassed),
    reason: checked.map(({ reason }) => reason).join(' '),
  };
}

function compare(
  { what, teacherIsRight, studentIsRight }: TeacherEvidence,
  chanceMax: number,
): Pick<GateJson, 'isPassed' | 'reason'> {
  let [teacherAlone, studentAlone] = [0, 0];
  teacherIsRight.forEach((isRight, row) => {
    if (isRight && !studentIsRight[row]!) teacherAlone++;
    if (!isRight && studentIsRight[row]!) studentAlone++;
  });
  const chance = mcnemar(studentAlone, teacherAlone).pGreater;
  const isPassed = chance > chanceMax;
  const verdict = isPassed
    ? 'it is not worse beyond chance'
    : `worse beyond chance (p = ${chance.toPrecision(2)}), and a worse teacher must not teach`;
  const reason =
    `The teacher is right on ${shareOf(teacherIsRight)} of ${teacherIsRight.length} ${what}, the ` +
    `student on ${shareOf(studentIsRight)}; ${teacherAlone} rows it alone has right, ` +
    `${studentAlone} the student alone: ${verdict}.`;
  return { isPassed, reason };
}

const shareOf = (isRight: readonly boolean[]): string =>
  percent(isRight.filter(Boolean).length / isRight.length);
