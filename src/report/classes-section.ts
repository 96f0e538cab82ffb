import type {
  ClassJson,
  EvaluationDetailsJson,
  ModelAnswersJson,
} from '../http/api-types-evaluation.js';
import { percent } from '../task/percent.js';
import { confusionClassesMax, drawConfusion } from './confusion-picture.js';
import { withInterval } from './figures.js';
import { labelName } from './markdown.js';
import { noSection, pictureBlock, type Section } from './section.js';
import { markdownTable } from './table.js';

/** Up to so many classes all are listed; of more the worst. */
const classesListedMax = 30;
const worstListed = 20;
const pairsListed = 20;

/** Where a student agrees with the teacher, class by class, and what it takes for what. */
export function classesSection(details: EvaluationDetailsJson): Section {
  const { student, other, labels, rows } = details;
  const { answers } = student;
  if (answers === null || rows.holdout === 0) return noSection;
  const seen = answers.classes.filter(({ recall, precision }) => recall.rows + precision.rows > 0);
  const isCut = seen.length > classesListedMax;
  const listed = seen.toSorted(worseFirst).slice(0, isCut ? worstListed : classesListedMax);
  const unseen = labels.length - seen.length;
  const hasPicture = labels.length <= confusionClassesMax;
  return {
    blocks: [
      '## Classes',
      (isCut
        ? `The ${worstListed} worst of ${seen.length} classes; \`evaluation.json\` has all.`
        : 'Worst first.') +
        ' Recall is the agreement on the rows that the teacher calls so, precision that on the ' +
        'rows that the student calls so.' +
        (unseen === 0 ? '' : ` ${unseen} classes came up in no row.`),
      markdownTable([
        [
          'class',
          'rows',
          'recall',
          ...(other === null ? [] : [`of ${other.version}`]),
          'precision',
        ],
        ...listed.map((own) => lineOf(own, { labels, others: other && other.answers })),
      ]),
      '## Confusion',
      ...(hasPicture
        ? [pictureBlock("The student's label for each label of the teacher", 'confusion.svg')]
        : []),
      ...pairsOf(answers, labels),
    ],
    ...(hasPicture ? { pictures: { 'confusion.svg': drawConfusion(student, labels) } } : {}),
  };
}

/** By what is sure of it; the more rows prove it, the worse. */
const worseFirst = (a: ClassJson, b: ClassJson): number =>
  badnessOf(b) - badnessOf(a) || b.recall.rows - a.recall.rows || a.label - b.label;
const badnessOf = ({ recall }: ClassJson): number => (recall.rows === 0 ? -1 : 1 - recall.estimate);

function lineOf(
  { label, recall, precision }: ClassJson,
  {
    labels,
    others,
  }: { readonly labels: readonly string[]; readonly others: ModelAnswersJson | null },
): readonly string[] {
  const before = others?.classes[label];
  return [
    labelName(labels[label]!),
    String(recall.rows),
    withInterval(recall),
    ...(others === null
      ? []
      : [before && before.recall.rows > 0 ? percent(before.recall.estimate) : '-']),
    withInterval(precision),
  ];
}

function pairsOf({ confusions, classes }: ModelAnswersJson, labels: readonly string[]): string[] {
  if (confusions.length === 0) return ['No row is taken for another class.'];
  const shown = confusions.slice(0, pairsListed);
  return [
    shown.length < confusions.length
      ? `The ${shown.length} most frequent of ${confusions.length} pairs:`
      : 'Every pair:',
    markdownTable(
      [
        ['teacher', 'student', 'rows', "of the teacher's"],
        ...shown.map(({ teacher, student, rows }) => [
          labelName(labels[teacher]!),
          labelName(labels[student]!),
          String(rows),
          percent(rows / classes[teacher]!.recall.rows),
        ]),
      ],
      2,
    ),
  ];
}
