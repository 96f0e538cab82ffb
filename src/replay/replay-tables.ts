import type { Table } from '../report/table.js';
import { percent } from '../task/percent.js';
import type { Routing } from './baselines.js';
import type { ReplayReport } from './replay-report.js';
import type { WindowReport } from './windows.js';

/** The windows and their sum, one a line. */
export function windowTable({ byWindow, total }: ReplayReport): Table {
  const header = [
    ...['rows', 'student', 'agreement', 'interval', 'accuracy', 'balanced', 'teacher rows'],
    ...['cost, $', 'runs'],
  ];
  const line = (window: WindowReport, name: string): string[] => [
    name,
    percent(window.studentShare),
    window.agreement === null ? '-' : percent(window.agreement.estimate),
    window.agreement === null ? '-' : interval(window.agreement),
    percent(window.accuracy),
    percent(window.balancedAccuracy),
    String(window.teacherRows),
    window.costUsd.toFixed(3),
    window.runs === 0 ? '' : `${window.runs} (${window.promotions} promoted)`,
  ];
  return [
    header,
    ...byWindow.map((window) => line(window, `${window.from + 1}-${window.from + window.rows}`)),
    line(total, 'all'),
  ];
}

const interval = ({ low, high }: { readonly low: number; readonly high: number }): string =>
  `${percent(low)} - ${percent(high)}`;

/** The gateway beside its baselines, one a line. */
export function routingTable({ routings, replayed }: ReplayReport): Table {
  const rows = replayed.rows.length;
  return [
    ['', 'student answers', 'of them different', 'accuracy', 'balanced', 'teacher rows'],
    ...routings.map((routing: Routing) => [
      routing.name,
      percent(routing.studentRows / rows),
      routing.studentRows === 0 ? '-' : percent(routing.disagreement),
      percent(routing.accuracy),
      percent(routing.balancedAccuracy),
      String(routing.teacherRows),
    ]),
  ];
}
