import { join } from 'node:path';
import type { Figure } from '../../src/files/figures-file.js';
import { measureFaults, type FaultCell } from '../fault-table/measure-faults.js';
import { breakerStates, teacherTimeoutMs } from '../fault-table/squares-gateway.js';
import { slowMs } from '../fault-table/fault-proxy.js';
import { atLeast, atMost } from './bounded-figure.js';
import type { Measurement } from './measurement.js';
import { percentileOf } from './numbers.js';
import { tableOf } from './table.js';

/** Retries and pauses may wait; a caller waits no longer than the teacher's own time and a bit. */
const waitMsMax = teacherTimeoutMs + 100;
/** What a sure row may take longer with a fault, ms: a scheduler's turn on a machine of others. */
const waitSlowerMax = 20;
/** With its breaker open nobody waits for the teacher. */
const openMsMax = 50;

/** Of each cell: so many that the whole table takes a minute and a half. */
const rowsOfCell = 32;

/** What callers notice of a teacher that goes wrong, by fault and state of its circuit breaker. */
export const faultTable: Measurement = {
  name: 'fault-table',
  question: 'A teacher goes wrong: what is answered, how late, and is anything wrong or slower?',
  async measure({ dir, isQuick, command, say }) {
    const cells = await measureFaults({
      dir: join(dir, 'faults'),
      rows: isQuick ? 8 : rowsOfCell,
      say,
    });
    return { figures: figuresOf(cells, command), report: reportOf(cells) };
  },
};

const sumOf = (cells: readonly FaultCell[], of: (cell: FaultCell) => number): number =>
  cells.reduce((sum, cell) => sum + of(cell), 0);
const p99Of = (cells: readonly FaultCell[], of: (cell: FaultCell) => readonly number[]): number =>
  percentileOf(cells.flatMap(of), 99);

function figuresOf(cells: readonly FaultCell[], command: string): Figure[] {
  const unsure = sumOf(cells, (cell) => cell.unsure);
  const of = `of ${2 * unsure} rows`;
  const zero = (figure: string, value: number): Figure =>
    atMost(0, { figure: `teacher faults: ${figure}`, value, unit: of, command });
  const settled = (figure: string, some: readonly FaultCell[]): Figure =>
    atLeast(100, {
      figure: `teacher faults: ${figure}`,
      value: (100 * sumOf(some, (one) => one.answered + one.refused)) / sumOf(some, unsureOf),
      ...{ unit: '%', command },
    });
  const [degrading, refusing] = (['degraded', 'error'] as const).map((what) =>
    cells.filter(({ setup }) => setup.onTeacherFailure === what),
  ) as [FaultCell[], FaultCell[]];
  return [
    zero(
      'wrong answers',
      sumOf(cells, ({ wrong }) => wrong),
    ),
    zero(
      'sure rows that the student has not answered, of answered requests',
      sumOf(cells, ({ sureElsewhere }) => sureElsewhere),
    ),
    atMost(waitSlowerMax, {
      figure: 'teacher faults: lone sure rows, p99 with a fault less that without',
      value: p99Of(cells, ({ sureMs }) => sureMs) - p99Of(cells, (cell) => cell.sureMsWithout),
      ...{ unit: 'ms', command },
    }),
    zero(
      'refused although the student stands in',
      sumOf(degrading, ({ refused }) => refused),
    ),
    settled('unsure rows answered, by the teacher or degraded', degrading),
    settled('the same with onTeacherFailure error: answered, or 503 with Retry-After', refusing),
    ...breakerStates.map((state) =>
      atMost(state === 'open' ? openMsMax : waitMsMax, {
        figure: `teacher faults, breaker ${state}: p99 of an unsure row`,
        value: p99Of(
          cells.filter(({ breaker }) => breaker === state),
          ({ unsureMs }) => unsureMs,
        ),
        unit: 'ms',
        command,
      }),
    ),
  ];
}

const unsureOf = ({ unsure }: FaultCell): number => unsure;

function reportOf(cells: readonly FaultCell[]): string {
  const share = (some: number, { unsure }: FaultCell): string =>
    `${Math.round((100 * some) / unsure)} %`;
  return [
    'A TCP proxy injects the faults between the gateway and a server behind `http`, `oip` or',
    '`openai`, in the words of that protocol; the server has ' +
      `${teacherTimeoutMs} ms; \`slow\` is ${slowMs} ms. The student is sure of every second`,
    'row. Of unsure rows every second one shares its request with a sure one. "answered": by the',
    'teacher, or by the student and marked `degraded`; "503": with `Retry-After`; "wrong": not the',
    'true label, and not marked; "slower": lone sure rows that took twice as long as any without a',
    'fault.',
    '',
    tableOf(
      [
        ...['teacher', 'on failure', 'fault', 'breaker', 'unsure', 'answered', 'by the teacher'],
        ...['503', 'p50 ms', 'p99 ms', 'sure rows: p99 ms', 'without', 'slower', 'wrong answers'],
      ],
      cells.map((cell) => [
        ...[cell.setup.kind, cell.setup.onTeacherFailure, cell.fault, cell.breaker, cell.unsure],
        ...[share(cell.answered, cell), share(cell.byTeacher, cell), share(cell.refused, cell)],
        ...[percentileOf(cell.unsureMs, 50), percentileOf(cell.unsureMs, 99)],
        ...[percentileOf(cell.sureMs, 99), percentileOf(cell.sureMsWithout, 99)],
        ...[cell.sureSlower, cell.wrong],
      ]),
    ),
  ].join('\n');
}
