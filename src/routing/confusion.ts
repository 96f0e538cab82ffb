import type { ClassJson, ConfusionJson } from '../http/api-types-evaluation.js';
import { agreementInterval } from './agreement-interval.js';

/** Labels of the same rows by two who know the same classes: indices below `classCount`. */
export interface LabelPairs {
  readonly classCount: number;
  /** [rows] */
  readonly teacher: readonly number[];
  /** [rows] */
  readonly student: readonly number[];
}

/**
 * Counts, class by class, where student and teacher agree.
 *
 *     recall[c]     rows that both call c / rows that the teacher calls c
 *     precision[c]  rows that both call c / rows that the student calls c
 *
 * @param delta  chance that one of the intervals misses the truth, in (0, 1).
 * @returns      [classes]; a share of no rows is 0 inside [0, 1].
 */
export function classesOf(pairs: LabelPairs, delta: number): ClassJson[] {
  const { classCount, teacher, student } = pairs;
  const counts = Array.from({ length: classCount }, () => ({ both: 0, teacher: 0, student: 0 }));
  teacher.forEach((label, row) => {
    const answered = student[row]!;
    counts[label]!.teacher++;
    counts[answered]!.student++;
    if (answered === label) counts[label]!.both++;
  });
  return counts.map((count, label) => ({
    label,
    recall: agreementInterval(count.both, count.teacher, delta),
    precision: agreementInterval(count.both, count.student, delta),
  }));
}

/** Lists what is taken for what, the most frequent first; of equal ones by label. */
export function confusionsOf({ classCount, teacher, student }: LabelPairs): ConfusionJson[] {
  const rowsOf = new Map<number, number>();
  teacher.forEach((label, row) => {
    const answered = student[row]!;
    if (answered === label) return;
    const pair = label * classCount + answered;
    rowsOf.set(pair, (rowsOf.get(pair) ?? 0) + 1);
  });
  return [...rowsOf]
    .sort(([pair, rows], [otherPair, others]) => others - rows || pair - otherPair)
    .map(([pair, rows]) => ({
      teacher: Math.floor(pair / classCount),
      student: pair % classCount,
      rows,
    }));
}
