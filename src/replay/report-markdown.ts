import { markdownTable } from '../report/table.js';
import { percentSet } from '../task/percent.js';
import { foldEvents } from './fold-events.js';
import type { ReplayReport } from './replay-report.js';
import { routingTable, windowTable } from './replay-tables.js';

/**
 * Puts a report into words and tables.
 *
 * @param chart  file name of its picture, relative to the page.
 */
export function markdownOf(report: ReplayReport, chart: string): string {
  const { file, how, riskMax, delta, seed, replayed, routings } = report;
  return `${[
    `# Replay of ${file}, seed ${seed}`,
    how.map((line) => `- ${line}`).join('\n'),
    `![Share of the student, its agreement with the teacher, and teacher rows](${chart})`,
    '## By window',
    markdownTable(windowTable(report)),
    `Agreement is the share of the student's answers that equal the teacher's, with a ` +
      `Clopper-Pearson interval (${percentSet(1 - delta)}); the promise is at least ` +
      `${percentSet(1 - riskMax)}. Accuracy counts all answers against the file's labels; ` +
      'balanced is the same by label, averaged over the labels that occur. ' +
      "Teacher rows and cost are the gateway's own accounts: holdout and explored rows are among " +
      'them.',
    '## Beside other rules',
    markdownTable(routingTable(report)),
    routings.map(({ name, how: made }) => `- **${name}**: ${made}.`).join('\n'),
    'The others ask the student version that served when a row came. What they would have ' +
      'escalated, and so taught, is not played out.',
    '## What happened',
    replayed.events.length === 0
      ? 'Nothing but answers.'
      : markdownTable([
          ['after row', 'event', 'in words'],
          ...foldEvents(replayed.events).map(({ atRow, kind, text, times, untilRow }) => [
            times === 1 ? String(atRow) : `${atRow} - ${untilRow}`,
            kind,
            times === 1 ? text : `${text} (and ${times - 1} more like it)`,
          ]),
        ]),
  ].join('\n\n')}\n`;
}
