import type { EvaluationPageJson } from '../http/api-types-evaluation.js';
import { classesSection } from './classes-section.js';
import { calibrationSection, riskSection } from './curves-section.js';
import { lineageSection } from './lineage-section.js';
import { moment, plain } from './markdown.js';
import type { Section } from './section.js';
import { summarySection } from './summary-section.js';
import { markdownTable } from './table.js';
import { trainingSection } from './training-section.js';

/** Names of the files of a page; a picture is there where there is something to draw. */
export const evaluationFileNames = [
  'evaluation.md',
  'evaluation.json',
  'loss.svg',
  'risk.svg',
  'calibration.svg',
  'confusion.svg',
] as const;

/**
 * Makes the page of an evaluation: Markdown, its pictures, and all that it is made of as JSON.
 *
 * @returns file name -> content; names are of `evaluationFileNames`.
 */
export function evaluationPage(page: EvaluationPageJson): ReadonlyMap<string, string> {
  const { details } = page;
  const sections: readonly Section[] = [
    headSection(page),
    gatesSection(page),
    ...(details === null ? [] : [summarySection(details)]),
    trainingSection(page),
    ...(details === null
      ? []
      : [riskSection(details), calibrationSection(details), classesSection(details)]),
    lineageSection(page),
  ];
  const pictures = sections.flatMap((section) => Object.entries(section.pictures ?? {}));
  return new Map([
    ['evaluation.md', `${sections.flatMap(({ blocks }) => blocks).join('\n\n')}\n`],
    ...pictures,
    ['evaluation.json', `${JSON.stringify(page, null, 1)}\n`],
  ]);
}

const verdicts = {
  promoted: 'Promoted',
  rejected: 'Rejected',
  skipped: 'Not trained: nothing to do yet',
  untrainable: 'Not trained: no run can, as things are; more rows do not change that',
  failed: 'Failed',
} as const;

function headSection({ task, run, details, madeAtMs }: EvaluationPageJson): Section {
  const student = details?.student.version ?? null;
  const other = details?.other?.version ?? null;
  if (run === null)
    return {
      blocks: [
        `# ${student!} beside ${other!}`,
        `Students of the task ${plain(task)}, compared on ${moment(madeAtMs)}.`,
      ],
    };
  const seconds = ((run.endedAtMs - run.startedAtMs) / 1000).toFixed(1);
  const title = student === null ? `Run ${run.id}` : `Evaluation of ${student}`;
  return {
    blocks: [
      `# ${title}`,
      `**${verdicts[run.state]}.** Run ${run.id} of the task ${plain(task)}, started by ` +
        `${run.trigger} on ${moment(run.startedAtMs)}, took ${seconds} s` +
        (other === null ? '.' : `; the student that served was ${other}.`),
      ...(run.reasons.length === 0 ? [] : [run.reasons.map((why) => `- ${plain(why)}`).join('\n')]),
    ],
  };
}

function gatesSection({ gates }: EvaluationPageJson): Section {
  if (gates.length === 0) return { blocks: [] };
  const lines = gates.map(({ name, isPassed, reason }) => [
    name,
    isPassed ? 'passed' : '**failed**',
    plain(reason),
  ]);
  return { blocks: ['## Gates', markdownTable([['gate', '', 'in numbers'], ...lines], 3)] };
}
