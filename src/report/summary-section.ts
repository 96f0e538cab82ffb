import type { EvaluationDetailsJson, ModelDetailsJson } from '../http/api-types-evaluation.js';
import { percent, percentSet } from '../task/percent.js';
import { bytesWords, differenceOf, msWords, testWords, withInterval } from './figures.js';
import { plain, timeSpan } from './markdown.js';
import type { Section } from './section.js';
import { markdownTable, type Table } from './table.js';

/** How good a student is, beside the other one, and on which rows. */
export function summarySection(details: EvaluationDetailsJson): Section {
  const { student, other, agreement, accuracy, intervalDelta } = details;
  const versions = { student: student.version, other: other?.version ?? '' };
  const tests = [
    ...(agreement === null ? [] : [`- Agreement: ${testWords(agreement, versions)}.`]),
    ...(accuracy === null ? [] : [`- Accuracy: ${testWords(accuracy, versions)}.`]),
  ];
  const notFinite = [student, ...(other === null ? [] : [other])]
    .filter(({ answers }) => answers === null)
    .map(({ version }) => `**${version} gives NaN or infinity: nothing of it can be counted.**`);
  return {
    blocks: [
      '## Summary',
      ...notFinite,
      markdownTable(summaryTable(details)),
      `Intervals have ${percentSet(1 - intervalDelta)} each: exact ones (Clopper-Pearson), and ` +
        'for differences, which are of the same rows, row by row, the score interval (Tango).',
      ...(tests.length === 0 ? [] : [tests.join('\n')]),
      rowWords(details),
    ],
  };
}

/** Figures of one or two students, side by side: for a page, and for a terminal. */
export function summaryTable(details: EvaluationDetailsJson): Table {
  const { student, other, agreement, accuracy, rows, riskMax } = details;
  const models = other === null ? [student] : [student, other];
  const line = (
    name: string,
    show: (model: ModelDetailsJson) => string,
    difference = '',
  ): readonly string[] => [name, ...models.map(show), ...(other === null ? [] : [difference])];
  const answer =
    (show: (answers: NonNullable<ModelDetailsJson['answers']>) => string) =>
    ({ answers }: ModelDetailsJson): string =>
      answers === null ? '-' : show(answers);
  return [
    ['', ...models.map(({ version }) => version), ...(other === null ? [] : ['difference'])],
    line(
      `agreement with the teacher, ${rows.holdout} holdout rows`,
      answer((own) => withInterval(own.agreement)),
      differenceOf(agreement),
    ),
    line(
      `accuracy, ${rows.golden} golden rows`,
      answer((own) => (rows.golden === 0 ? '-' : withInterval(own.accuracy))),
      differenceOf(accuracy),
    ),
    line(
      `coverage at risk ${percentSet(riskMax)}`,
      answer((own) => percent(own.coverage)),
    ),
    line(
      'calibration error',
      answer((own) => (own.calibration ? percent(own.calibration.after.error.equalWidth) : '-')),
    ),
    line('run of one row, 99th percentile', ({ runMsP99 }) => msWords(runMsP99)),
    line('size of the model', ({ modelBytes }) => bytesWords(modelBytes)),
    line('architecture', ({ architecture }) => plain(architecture)),
  ];
}

function rowWords({ rows, student, other }: EvaluationDetailsJson): string {
  const { holdout, timeSpanMs, golden, goldenTrainedOn } = rows;
  const outsiders = [student, ...(other === null ? [] : [other])]
    .filter(({ lineage }) => lineage === null)
    .map(({ version }) => version);
  return [
    `**Rows.** ${holdout} holdout rows (${timeSpan(timeSpanMs)}), drawn at random before any ` +
      'student saw them and labelled by the teacher; none is ever trained on, and these ones ' +
      'choose between students, so they certify no threshold.',
    `${golden} golden rows with true labels, which come with the task; they are in no dataset` +
      (goldenTrainedOn === 0
        ? '.'
        : `; ${goldenTrainedOn} others are left out here, for rows to train on are equal to them.`),
    ...(outsiders.length === 0
      ? []
      : [`${outsiders.join(' and ')} was made elsewhere: what it has learnt from is not known.`]),
  ].join(' ');
}
