import type { IntervalJson, RouteName } from '../http/api-types.js';
import { agreementInterval } from '../routing/agreement-interval.js';
import { percent } from '../task/percent.js';
import type { TimedAnswer } from '../replay/send-inputs.js';

/** What one phase of the demo came to; nothing in it is estimated but the interval. */
export interface PhaseReport {
  /** What its rows were. */
  readonly title: string;
  readonly studentVersion: string | null;
  readonly rows: number;
  readonly studentShare: number;
  /** Student answers equal to the teacher's, of all student answers; null when it gave none. */
  readonly agreement: IntervalJson | null;
  /** Answers of any route equal to the true label. */
  readonly accuracy: number;
  /** The same of the teacher, had it answered all. */
  readonly teacherAccuracy: number;
  /** Certified when it ended: confidence from which the student answers; null: none is. */
  readonly threshold: number | null;
  /** ms that callers waited: by who answered, null for a route that nobody took. */
  readonly waitMs: Readonly<Record<'student' | 'teacher', { p50: number; p99: number } | null>>;
  /**
   * US dollars for a thousand rows, labelling included; and what the teacher alone would have cost.
   */
  readonly costPerThousandUsd: number;
  readonly teacherForAllPerThousandUsd: number;
}

export interface PhaseFacts extends Pick<PhaseReport, 'title' | 'threshold'> {
  readonly answers: readonly TimedAnswer[];
  readonly trueLabels: readonly string[];
  /** The teacher's label of each row, asked for apart from the gateway. */
  readonly teacherLabels: readonly string[];
  readonly costUsd: number;
  readonly teacherCostPerRowUsd: number;
  /** The interval misses the true agreement with this probability at most. */
  readonly delta: number;
}

/** Sums up a phase from what its callers saw, beside the true labels and the teacher's own. */
export function reportPhase(facts: PhaseFacts): PhaseReport {
  const { answers, trueLabels, teacherLabels } = facts;
  const rows = answers.length;
  const isByStudent = answers.map(({ answer }) => answer.route === 'student');
  const studentRows = isByStudent.filter(Boolean).length;
  const agreeing = answers.filter(
    ({ answer }, index) => isByStudent[index] && answer.label === teacherLabels[index],
  ).length;
  const rightShare = (labels: readonly string[]): number =>
    labels.filter((label, index) => label === trueLabels[index]).length / rows;
  return {
    title: facts.title,
    studentVersion: answers.at(-1)?.answer.studentVersion ?? null,
    rows,
    studentShare: studentRows / rows,
    agreement: studentRows === 0 ? null : agreementInterval(agreeing, studentRows, facts.delta),
    accuracy: rightShare(answers.map(({ answer }) => answer.label)),
    teacherAccuracy: rightShare(teacherLabels),
    threshold: facts.threshold,
    waitMs: { student: waitsOf(answers, 'student'), teacher: waitsOf(answers, 'teacher') },
    costPerThousandUsd: (facts.costUsd / rows) * 1000,
    teacherForAllPerThousandUsd: facts.teacherCostPerRowUsd * 1000,
  };
}

function waitsOf(answers: readonly TimedAnswer[], route: RouteName) {
  const waits = answers.filter(({ answer }) => answer.route === route).map((a) => a.waitedMs);
  if (waits.length === 0) return null;
  waits.sort((a, b) => a - b);
  const quantile = (share: number): number => waits[Math.floor(share * (waits.length - 1))]!;
  return { p50: quantile(0.5), p99: quantile(0.99) };
}

/** The phases side by side, as a table for a terminal. */
export function tableOf(phases: readonly PhaseReport[]): string {
  const lines: [string, (phase: PhaseReport) => string][] = [
    ['traffic', ({ title }) => title],
    ['student version', ({ studentVersion }) => studentVersion ?? 'none'],
    ['rows', ({ rows }) => String(rows)],
    ['answered by the student', ({ studentShare }) => percent(studentShare)],
    [
      'agreement with the teacher',
      ({ agreement }) => (agreement ? percent(agreement.estimate) : '-'),
    ],
    [
      '  interval',
      ({ agreement }) =>
        agreement ? `${percent(agreement.low)} - ${percent(agreement.high)}` : '-',
    ],
    ['threshold at the end', ({ threshold }) => threshold?.toFixed(3) ?? '-'],
    ['accuracy (true labels)', ({ accuracy }) => percent(accuracy)],
    ['  of the teacher', ({ teacherAccuracy }) => percent(teacherAccuracy)],
    ['student p50 / p99, ms', ({ waitMs }) => waits(waitMs.student)],
    ['teacher p50 / p99, ms', ({ waitMs }) => waits(waitMs.teacher)],
    ['cost per 1000, $', ({ costPerThousandUsd }) => costPerThousandUsd.toFixed(3)],
    ['  teacher for all, $', (phase) => phase.teacherForAllPerThousandUsd.toFixed(3)],
  ];
  const header = ['', ...phases.map((_, index) => `phase ${index + 1}`)];
  const table = [header, ...lines.map(([title, cell]) => [title, ...phases.map(cell)])];
  const widths = header.map((_, column) => Math.max(...table.map((row) => row[column]!.length)));
  return table
    .map((row) =>
      row
        .map((cell, column) =>
          column === 0 ? cell.padEnd(widths[0]!) : cell.padStart(widths[column]!),
        )
        .join('   '),
    )
    .join('\n');
}

const waits = (wait: { p50: number; p99: number } | null): string =>
  wait === null ? '-' : `${wait.p50.toFixed(1)} / ${wait.p99.toFixed(1)}`;
