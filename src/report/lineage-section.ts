import type { EvaluationPageJson, ModelDetailsJson } from '../http/api-types-evaluation.js';
import { plain, timeSpan } from './markdown.js';
import type { Section } from './section.js';
import { markdownTable } from './table.js';

/** What an evaluation, and the student in it, came from: enough to make them again. */
export function lineageSection(page: EvaluationPageJson): Section {
  const { run, snapshot, details, dataset } = page;
  const facts: (readonly [string, string])[] = [
    ...(snapshot === null
      ? []
      : [
          ['training rows', String(snapshot.trainRows)] as const,
          ['validation rows', String(snapshot.validationRows)] as const,
          ['captured from, to', timeSpan(snapshot.timeSpanMs)] as const,
          ['SHA-256 of the snapshot', code(snapshot.sha256)] as const,
          ['seed', String(snapshot.seed)] as const,
          ['teacher', plain(`${snapshot.teacher.name} ${snapshot.teacher.version}`)] as const,
        ]),
    ...(run === null ? [] : [['trainer', plain(run.trainer)] as const]),
    ['code', code(page.codeVersion)],
  ];
  const models = [details?.student, details?.other].filter((model) => !!model);
  return {
    blocks: [
      '## Lineage',
      ...(dataset === null ? [] : [`Dataset: ${plain(dataset.summary)}.`]),
      markdownTable([['what', 'value'], ...facts], 2),
      ...(models.length === 0 ? [] : [models.map(modelWords).join('\n')]),
    ],
  };
}

function modelWords({ version, lineage }: ModelDetailsJson): string {
  if (lineage === null) return `- **${version}** was made elsewhere; nothing is known of it here.`;
  const { rows, seed, snapshotSha256, parent, trainer, teacherVersion } = lineage;
  const made = [
    `${rows} rows`,
    `seed ${seed}`,
    `snapshot ${code(snapshotSha256.slice(0, 16))}`,
    `teacher ${code(teacherVersion ?? 'none')}`,
    `parent ${code(parent ?? 'none')}`,
    `trained by ${plain(trainer)}`,
    `made again by ${code(lineage.command)}`,
  ];
  return `- **${version}**: ${made.join(', ')}.`;
}

/** Of texts of our own, and of versions and hashes. */
const code = (text: string): string => `\`${text.replaceAll(/[`|\n]/g, ' ')}\``;
